using ActorBalancer.Actors;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Engine.Workers;

/// <summary>
/// One call to a worker, from the lease to the answer. Made and reused by the worker's actor; runs beside it.
/// </summary>
/// <remarks>
/// W1: the fields are written by the actor before the call starts and read by the call; <see cref="IsDone"/> is the
/// call's last write, so an actor that reads true may reuse the object.
/// W2: exactly one <see cref="AttemptEnded"/> reaches the queue for each started call, whatever happens.
/// </remarks>
internal sealed class WorkerCall(WorkerTarget target, WorkerTransport transport, TimeProvider time)
{
    private CancellationTokenSource _cancellation = new();
    private QueuedTask? _task;
    private ActorRef<QueueMessage>? _queue;
    private TaskLease _lease;
    private volatile bool _done = true;
    private volatile string? _lost;

    /// <summary>True when the call has ended and the object may be used again.</summary>
    public bool IsDone => _done;

    /// <summary>The lease that the call runs under.</summary>
    public long Token => _lease.Token;

    /// <summary>The task of the running call.</summary>
    public QueuedTask? Task => _task;

    /// <summary>Starts; the actor's turn goes on as soon as the request is on its way.</summary>
    public void Start(RunTask order)
    {
        if (!_cancellation.TryReset())
        {
            _cancellation.Dispose();
            _cancellation = new CancellationTokenSource();
        }

        _task = order.Task;
        _queue = order.Queue;
        _lease = order.Lease;
        _lost = null;
        _done = false;
        _ = RunAsync();
    }

    /// <summary>Ends the call because its time is over.</summary>
    public void Cancel() => _cancellation.Cancel();

    /// <summary>Ends the call because the worker is gone.</summary>
    public void Abandon(string reason)
    {
        _lost = reason;
        _cancellation.Cancel();
    }

    private async Task RunAsync()
    {
        var task = _task!;
        var queue = _queue!;
        var lease = _lease;
        var started = time.GetTimestamp();
        var span = TracingSpans.StartAttempt(task, lease, target, time);
        if (span is not null)
            lease = lease with { TraceParent = span.Id };
        AttemptResult result;
        try
        {
            // A task whose time ran out between the lease and this turn has no body any more.
            result = task.Body is not { } body ? AttemptResult.Fault(AttemptKind.Cancelled, "the task has ended")
                : task.Options.Mode == TaskMode.Stream ? await StreamAsync(task, body, queue, lease)
                : await transport.RunAsync(target, task, lease, body, _cancellation.Token);
            if (result.Kind == AttemptKind.Cancelled && _lost is { } reason)
                result = AttemptResult.Fault(AttemptKind.Lost, reason);
            else if (result.Kind == AttemptKind.Succeeded)
                target.Latency.Observe(time.GetElapsedTime(started), time.GetTimestamp());
        }
        catch (Exception exception)
        {
            result = AttemptResult.Fault(AttemptKind.Failed, exception.Message);
        }

        if (span is not null)
            TracingSpans.EndAttempt(span, result, time);
        _task = null;
        _queue = null;
        _done = true;
        queue.Tell(new AttemptEnded(task, lease.Token, target, result));
    }

    // Until its first bytes are there, a stream is an attempt like any other: it may fail and be made again elsewhere.
    private async ValueTask<AttemptResult> StreamAsync(
        QueuedTask task, byte[] body, ActorRef<QueueMessage> queue, TaskLease lease)
    {
        var (stream, fault) = await transport.OpenStreamAsync(target, task, lease, body, _cancellation.Token);
        if (stream is null)
            return fault;
        if (!queue.TryTell(new StreamOpened(task, lease.Token, stream)))
            stream.Dispose();
        return await stream.Completion;
    }
}
