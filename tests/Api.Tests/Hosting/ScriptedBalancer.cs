using System.Collections.Concurrent;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Api.Tests.Hosting;

/// <summary>An engine that answers as the test says and remembers what it was asked.</summary>
internal sealed class ScriptedBalancer : IBalancer
{
    /// <summary>The task that scripts speak of unless a test names another.</summary>
    public static readonly TaskId Id = new(Guid.Parse("01970000-1111-7222-8333-444455556666"));

    private readonly ConcurrentQueue<TaskRequest> _requests = new();
    private readonly ConcurrentQueue<string> _orders = new();

    /// <summary>What is answered; by default 200 with the body of the request.</summary>
    public Func<TaskRequest, ValueTask<TaskOutcome>> Script { get; set; } = Echo;

    /// <summary>Answers in the place of <see cref="Script"/> where a test wants the token.</summary>
    public Func<TaskRequest, CancellationToken, ValueTask<TaskOutcome>>? RunScript { get; set; }

    /// <summary>What becomes of submitted tasks; by default each is taken, the first as <see cref="Id"/>.</summary>
    public Func<IReadOnlyList<TaskRequest>, IReadOnlyList<TaskReceipt>> SubmitScript { get; set; } = Take;

    public Func<TaskId, TimeSpan, CancellationToken, ValueTask<TaskLookup>> FindScript { get; set; } =
        static (_, _, _) => new(new TaskLookup(TaskAnswerKind.Unknown, null));

    public Func<TaskId, long, TaskFollower> FollowScript { get; set; } =
        static (_, _) => new TaskFollower(TaskAnswerKind.Unknown, null, null);

    /// <summary>The answer to every order about one task.</summary>
    public TaskOrderResult OrderResult { get; set; } = new(TaskAnswerKind.Unknown);

    public TaskPage Page { get; set; } = new([], null);

    public IReadOnlyList<QueueSnapshot> Queues { get; set; } = [];

    /// <summary>Answers in the place of <see cref="Queues"/> where a test wants to.</summary>
    public Func<ValueTask<IReadOnlyList<QueueSnapshot>>>? QueuesScript { get; set; }

    public int Count { get; set; }

    public bool IsQueueKnown { get; set; } = true;

    public Func<QueueKey, bool> HasKeysScript { get; set; } = static _ => false;

    /// <summary>All tasks that were run or submitted.</summary>
    public IReadOnlyCollection<TaskRequest> Requests => _requests;

    /// <summary>All other calls, in words.</summary>
    public IReadOnlyCollection<string> Orders => _orders;

    /// <summary>Calls of <see cref="SubmitAsync"/>.</summary>
    public int Submissions { get; private set; }

    public FleetSnapshot Fleet { get; set; } = FleetSnapshot.Empty;

    public BalancerState State { get; set; } = BalancerState.Ready;

    public IReadOnlyDictionary<string, string> Services { get; set; } = new Dictionary<string, string>();

    public ValueTask<TaskOutcome> RunAsync(TaskRequest request, CancellationToken cancellationToken = default)
    {
        _requests.Enqueue(request);
        return RunScript is { } script ? script(request, cancellationToken) : Script(request);
    }

    public ValueTask<IReadOnlyList<TaskReceipt>> SubmitAsync(IReadOnlyList<TaskRequest> requests)
    {
        Submissions++;
        foreach (var request in requests)
            _requests.Enqueue(request);
        return new(SubmitScript(requests));
    }

    public ValueTask<TaskLookup> FindAsync(TaskId id, TimeSpan wait, CancellationToken cancellationToken)
    {
        _orders.Enqueue($"find {id} {wait.TotalMilliseconds}");
        return FindScript(id, wait, cancellationToken);
    }

    public ValueTask<TaskFollower> FollowAsync(TaskId id, long after)
    {
        _orders.Enqueue($"follow {id} {after}");
        return new(FollowScript(id, after));
    }

    public ValueTask<TaskOrderResult> CancelAsync(TaskId id) => Order($"cancel {id}");

    public ValueTask<TaskOrderResult> RetryAsync(TaskId id) => Order($"retry {id}");

    public ValueTask<TaskOrderResult> RedeliverAsync(TaskId id) => Order($"redeliver {id}");

    public ValueTask<TaskOrderResult> ReportAsync(TaskId id, long fencingToken, TaskEventKind kind, byte[] data) =>
        Order($"report {id} {fencingToken} {kind} {System.Text.Encoding.UTF8.GetString(data)}");

    public ValueTask<int> RetryAllAsync(TaskFilter filter)
    {
        _orders.Enqueue($"retry all {filter}");
        return new(Count);
    }

    /// <summary>What is answered to those who ask for a task's input.</summary>
    public TaskInput Input { get; set; } = new(TaskAnswerKind.Unknown, null);

    public ValueTask<TaskInput> FindInputAsync(TaskId id)
    {
        _orders.Enqueue($"input {id}");
        return new(Input);
    }

    public ValueTask<int> CancelAllAsync(TaskFilter filter)
    {
        _orders.Enqueue($"cancel all {filter}");
        return new(Count);
    }

    public ValueTask<int> PurgeAsync(TaskFilter filter)
    {
        _orders.Enqueue($"purge {filter}");
        return new(Count);
    }

    public ValueTask<TaskPage> ListAsync(TaskFilter filter, TaskId? before, int limit)
    {
        _orders.Enqueue($"list {filter} before {before} limit {limit}");
        return new(Page);
    }

    public ValueTask<IReadOnlyList<QueueSnapshot>> ListQueuesAsync() =>
        QueuesScript is { } script ? script() : new(Queues);

    public ValueTask<bool> PauseAsync(QueueKey key, TimeSpan? duration)
    {
        _orders.Enqueue($"pause {key} {duration}");
        return new(IsQueueKnown);
    }

    public ValueTask<bool> ResumeAsync(QueueKey key)
    {
        _orders.Enqueue($"resume {key}");
        return new(IsQueueKnown);
    }

    public bool HasAllWorkerKeys(QueueKey key) => HasKeysScript(key);

    public static ValueTask<TaskOutcome> Echo(TaskRequest request) => new(new TaskOutcome
    {
        Kind = TaskOutcomeKind.Succeeded,
        WorkerStatus = 200,
        Reply = Replies.Of(request.Body, "application/json"),
    });

    public static IReadOnlyList<TaskReceipt> Take(IReadOnlyList<TaskRequest> requests) =>
        [.. requests.Select(static (_, index) => new TaskReceipt(IdOf(index), null))];

    /// <summary>The id that <see cref="Take"/> gives to a task, by its place; that of place 0 is <see cref="Id"/>.
    /// </summary>
    public static TaskId IdOf(int index) =>
        TaskId.TryParse($"0197000011117222{0x8333444455556666 + (ulong)index:x16}", out var id)
            ? id
            : throw new ArgumentOutOfRangeException(nameof(index));

    private ValueTask<TaskOrderResult> Order(string words)
    {
        _orders.Enqueue(words);
        return new(OrderResult);
    }
}
