using System.Threading.Tasks.Sources;
using ActorBalancer.Actors.Cells;

namespace ActorBalancer.Actors.Asking;

/// <summary>
/// The reference that an ask puts into its message. It takes exactly one reply; whatever comes later, or after the
/// time-out or the cancellation, is a dead letter.
/// </summary>
/// <remarks>
/// A1: of reply, time-out and cancellation exactly one wins, by <see cref="TryEnd"/>; only the winner touches the core.
/// A2: never pooled: a late reply must find a reference that knows that it has ended.
/// </remarks>
internal sealed class ReplyRef<TReply> : ActorRef<TReply>, IValueTaskSource<TReply>
{
    private readonly ActorRef _asked;
    private readonly TimeSpan _timeout;
    private ManualResetValueTaskSourceCore<TReply> _core;
    private ITimer? _timer;
    private CancellationTokenRegistration _cancellation;
    private int _ended;

    internal ReplyRef(ActorSystem system, ActorRef asked, TimeSpan timeout)
    {
        System = system;
        _asked = asked;
        _timeout = timeout;
        // The asker goes on as its own work item, not inside the replying actor's turn.
        _core.RunContinuationsAsynchronously = true;
    }

    public override string Name => "ask";

    public override string Path => _asked.Path + "/ask";

    internal override ActorSystem System { get; }

    internal override bool IsTerminated => Volatile.Read(ref _ended) != 0;

    internal ValueTask<TReply> Reply => new(this, _core.Version);

    public override void Tell(TReply message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!TryTell(message)) System.DeadLetters.Add(this, message, DeadLetterReason.LateReply);
    }

    public override bool TryTell(TReply message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (!TryEnd()) return false;
        Release();
        _core.SetResult(message);
        return true;
    }

    public override ValueTask TellAsync(TReply message, CancellationToken cancellationToken = default)
    {
        Tell(message);
        return default;
    }

    /// <summary>Starts the clock, before the message is sent.</summary>
    internal void Arm(CancellationToken cancellationToken)
    {
        if (_timeout != Timeout.InfiniteTimeSpan)
        {
            _timer = System.Time.CreateTimer(
                static state => ((ReplyRef<TReply>)state!).OnTimeout(), this, _timeout, Timeout.InfiniteTimeSpan);
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (state, token) => ((ReplyRef<TReply>)state!).OnCancelled(token), this);
            // A time-out that was faster did not find the registration.
            if (IsTerminated) _cancellation.Unregister();
        }
    }

    /// <summary>Ends the ask before its message was sent.</summary>
    internal void Abandon() => TryEnd();

    internal override void SendSystem(SystemMessage message)
    {
        // A reply reference is no actor: it cannot be stopped, and whoever watches it is told that it is gone.
        if (message is WatchOrder watch) watch.Pair.Watcher.SendSystem(new TerminatedNotice(this));
        else if (message is StopNotification notification) notification.Stopped.TrySetResult();
    }

    TReply IValueTaskSource<TReply>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<TReply>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<TReply>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;

    private void OnTimeout()
    {
        if (!TryEnd()) return;
        Release();
        _core.SetException(new AskTimeoutException(_asked.Path, typeof(TReply), _timeout));
    }

    private void OnCancelled(CancellationToken token)
    {
        if (!TryEnd()) return;
        Release();
        _core.SetException(new OperationCanceledException(token));
    }

    private void Release()
    {
        _timer?.Dispose();
        // Unregister and not Dispose: the latter waits for a callback that may be running this very method.
        _cancellation.Unregister();
    }
}
