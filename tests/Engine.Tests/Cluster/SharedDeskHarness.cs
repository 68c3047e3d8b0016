using System.Collections.Frozen;
using System.Text;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Queues;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;
using ActorBalancer.Testing;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>Desks over one shared memory, and a node that runs tasks by the test's hand.</summary>
internal sealed class SharedDeskHarness : IAsyncDisposable
{
    public static readonly QueueKey Key = new("hello", 1);

    private static readonly TimeSpan Guard = TestSignal.Guard;

    private readonly List<Node> _nodes = [];

    private SharedDeskHarness() => Memory = new SharedMemory(Time);

    public ManualTimeProvider Time { get; } = new();

    public SharedMemory Memory { get; }

    /// <summary>The first node.</summary>
    public Node A { get; private set; } = null!;

    /// <summary>The node that runs tasks; it has no desk.</summary>
    public MemorySharedStore Runner { get; private set; } = null!;

    public ISharedTaskQueue RunnerQueue => Runner.GetSharedQueue(Key);

    /// <summary>What the runner was told to break off.</summary>
    public List<(TaskId Id, long Token)> Revoked { get; } = [];

    public static async Task<SharedDeskHarness> StartAsync(Func<EngineOptions, EngineOptions>? change = null)
    {
        var harness = new SharedDeskHarness();
        harness.A = await harness.AddNodeAsync("a", change);
        harness.Runner = harness.Memory.AddNode("runner");
        harness.Runner.News = new SharedNews { LeaseRevoked = (id, token) => harness.Revoked.Add((id, token)) };
        await harness.Runner.OpenAsync(CancellationToken.None);
        await harness.RunnerQueue.TendAsync(long.MaxValue);
        return harness;
    }

    public async Task<Node> AddNodeAsync(string name, Func<EngineOptions, EngineOptions>? change = null)
    {
        var store = Memory.AddNode(name);
        var node = new Node(store, ContextOf(store, name, Time, change));
        await store.OpenAsync(CancellationToken.None);
        node.Context.Clock.Follow(() => store.NowMilliseconds);
        node.Serve(isServing: true, "hello");
        node.Desk.Open();
        _nodes.Add(node);
        return node;
    }

    /// <summary>What a node without an engine has.</summary>
    public static EngineContext ContextOf(
        ISharedTaskStore store, string name, TimeProvider time, Func<EngineOptions, EngineOptions>? change = null)
    {
        var options = new EngineOptions
        {
            BalancerKey = "key",
            WorkersFile = "",
            NoWorkerGrace = TimeSpan.FromSeconds(10),
            Cluster = new ClusterOptions { NodeId = name, IsEngine = false },
            Seed = 1,
        };
        options = change?.Invoke(options) ?? options;
        return new EngineContext
        {
            Options = options,
            Clock = new EngineClock(time),
            Logger = new EngineHarness.EventLog(),
            Store = store,
            Transport = new WorkerTransport("key", 1024, TimeSpan.FromSeconds(1), null),
            Routes = new RouteMap(),
            Fleet = new FleetDirectory(),
            Gate = new IntakeGate(options.IntakeLimit, options.QueuedBytesLimit),
            Jitter = new JitterSource(1),
        };
    }

    /// <summary>The fleet as a node hears of it.</summary>
    public static void Serve(EngineContext context, bool isServing, params string[] functions)
    {
        var seen = functions.Append("hello").ToFrozenSet();
        context.ClusterFleet.Publish(
            FleetSnapshot.Empty,
            [new ClusterQueue(Key, functions.ToFrozenSet(), seen, isServing, HasAllKeys: false)]);
    }

    public static TaskRequest Request(
        Func<TaskOptions, TaskOptions>? change = null, string function = "hello", string body = "{}",
        long delayMilliseconds = 0) => new()
        {
            Queue = Key,
            Function = function,
            Body = Encoding.UTF8.GetBytes(body),
            Options = change?.Invoke(new TaskOptions()) ?? new TaskOptions(),
            DelayMilliseconds = delayMilliseconds,
        };

    public static IdempotencyMark Mark(int key = 1, int body = 1) => new((UInt128)key, (UInt128)body);

    /// <summary>Leases the next task; its attempt is noted.</summary>
    public async Task<QueuedTask> LeaseAsync()
    {
        var leased = new List<QueuedTask>();
        await RunnerQueue.LeaseAsync(1, leased).AsTask().WaitAsync(Guard);
        if (leased is not [var task])
            throw new InvalidOperationException("There is nothing to lease.");
        var started = new AttemptRecord(task.Attempt, "http://worker", Memory.NowMilliseconds, 0, null);
        task.Attachment = started;
        RunnerQueue.NoteStarted(task, started);
        return task;
    }

    /// <summary>Ends a leased task as the engine of another node does.</summary>
    public async Task<bool> EndAsync(QueuedTask task, TaskState state, TaskOutcome outcome)
    {
        var attempt = ((AttemptRecord)task.Attachment!) with
        {
            EndedAtMilliseconds = Memory.NowMilliseconds,
            Error = outcome.Error,
        };
        task.History = [.. task.History ?? [], attempt];
        var end = Ends.Of(A.Context.Options, task, state, outcome, Memory.NowMilliseconds, null);
        return await RunnerQueue.CompleteAsync(
            task, task.LeaseToken, end with { Reply = OutcomeWire.Encode(outcome) });
    }

    public Task<bool> SucceedAsync(QueuedTask task, string result = "{\"success\":true}") =>
        EndAsync(task, TaskState.Succeeded, Success(result, task.Attempt));

    public Task<bool> FailAsync(QueuedTask task) =>
        EndAsync(task, TaskState.Dead, Outcomes.Failed("It failed", task.Attempt, timedOut: false));

    public static TaskOutcome Success(string result, int attempts) => new()
    {
        Kind = TaskOutcomeKind.Succeeded,
        WorkerStatus = 200,
        Attempts = attempts,
        Reply = WorkerReply.CopyOf(Encoding.UTF8.GetBytes(result), "application/json"),
    };

    /// <summary>Waits without moving the clock.</summary>
    public static Task<T> WaitAsync<T>(Task<T> task) => task.WaitAsync(Guard);

    /// <summary>Moves the clock on until the task has ended.</summary>
    public async Task<T> AdvanceAsync<T>(Task<T> task, int stepMilliseconds = 25)
    {
        Time.AdvanceUntil(task, TimeSpan.FromMilliseconds(stepMilliseconds));
        return await task.WaitAsync(Guard);
    }

    /// <summary>The task, seen by the runner; null when nothing is kept of it.</summary>
    public async Task<SharedTask?> SeeAsync(TaskId id) => (await Runner.FindAsync(id, withBody: false)).Task;

    public static string TextOf(TaskOutcome outcome) => Encoding.UTF8.GetString(outcome.Reply!.Body.Span);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            node.Desk.Close();
            await node.Store.DisposeAsync();
            node.Desk.AnswerRest();
            node.Context.Transport.Dispose();
        }

        await Runner.DisposeAsync();
    }

    /// <summary>A node with a desk and no engine.</summary>
    internal sealed class Node
    {
        public Node(MemorySharedStore store, EngineContext context)
        {
            Store = store;
            Context = context;
            Desk = new SharedDesk(context, store, new TaskIdSource(context.Clock), (url, _) => new ValueTask<string?>(
                url.Contains("forbidden", StringComparison.Ordinal) ? "It must not be called." : null));
        }

        public MemorySharedStore Store { get; }

        public EngineContext Context { get; }

        public SharedDesk Desk { get; }

        /// <summary>The fleet as this node hears of it.</summary>
        public void Serve(bool isServing, params string[] functions) =>
            SharedDeskHarness.Serve(Context, isServing, functions);

        public Task<TaskOutcome> RunAsync(TaskRequest? request = null, CancellationToken cancellationToken = default) =>
            Desk.RunAsync(request ?? Request(), cancellationToken).AsTask();

        public async Task<TaskReceipt> SubmitAsync(
            Func<TaskOptions, TaskOptions>? change = null, long delayMilliseconds = 0)
        {
            var request = Request(
                options => (change?.Invoke(options) ?? options) with { Mode = TaskMode.Async },
                delayMilliseconds: delayMilliseconds);
            return (await WaitAsync(Desk.SubmitAsync([request]).AsTask()))[0];
        }
    }
}
