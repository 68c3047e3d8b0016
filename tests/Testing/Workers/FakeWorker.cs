using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;
using ActorBalancer.Protocol;

namespace ActorBalancer.Testing.Workers;

/// <summary>An Andera worker inside the test's process, on real sockets of 127.0.0.1, that does what the test says:
/// answers, fails, hangs, sends rubbish, dies and comes back. Thread-safe.</summary>
/// <remarks>It speaks HTTP/1.1 by hand over plain sockets, since a good server refuses to misbehave. A test waits for
/// what happened (<see cref="WaitForCallAsync"/>), never for time.</remarks>
public sealed class FakeWorker : IAsyncDisposable
{
    private readonly FakeWorkerOptions _options;
    private readonly RawListener _listener;
    private readonly ConcurrentQueue<FakeAnswer> _nextAnswers = new();
    private readonly Channel<FakeWorkerCall> _newCalls = Channel.CreateUnbounded<FakeWorkerCall>();
    private readonly Channel<FakeWorkerCall> _newHealthCalls = Channel.CreateUnbounded<FakeWorkerCall>();
    private ImmutableList<FakeWorkerCall> _calls = [];
    private ImmutableList<FakeWorkerCall> _healthCalls = [];
    private volatile WorkerHealth _health;
    private volatile FakeAnswer _answer = FakeAnswers.Ok;
    private volatile FakeAnswer? _healthAnswer;
    private int _running;
    private int _runningMax;

    private FakeWorker(FakeWorkerOptions options)
    {
        _options = options;
        _listener = new RawListener(ServeAsync);
        Socket = new FakeWorkerSocket(options.LbAuthKey, () => Health);
        // Both open first, since a worker that is down must keep its ports too.
        _listener.Open();
        if (options.WebSocket)
            Socket.Open();
        _health = FirstHealth(options, Socket.Port);
    }

    /// <summary>Base URL, without a slash at the end. It stays the same while the worker is down.</summary>
    public string Url => $"http://127.0.0.1:{_listener.Port}";

    /// <summary>Port of <see cref="Url"/>.</summary>
    public int Port => _listener.Port;

    /// <summary>Its WebSocket.</summary>
    public FakeWorkerSocket Socket { get; }

    /// <summary>What <c>/health</c> answers and what status frames are made of. Setting it sends no frame:
    /// <see cref="FakeWorkerSocket.PushStatusAsync"/> does.</summary>
    public WorkerHealth Health
    {
        get => _health;
        set => _health = value;
    }

    /// <summary>The answer to tasks that have none of their own from <see cref="AnswerNext"/>.</summary>
    public FakeAnswer Answer
    {
        get => _answer;
        set => _answer = value;
    }

    /// <summary>The answer to <c>/health</c>; null, as at the start, gives <see cref="Health"/>.</summary>
    public FakeAnswer? HealthAnswer
    {
        get => _healthAnswer;
        set => _healthAnswer = value;
    }

    /// <summary>What <c>/logs</c> gives.</summary>
    public IReadOnlyList<string> Logs { get; set; } = [];

    /// <summary>All calls of <c>/task</c> in the order of their arrival, those of a wrong key too.</summary>
    public IReadOnlyList<FakeWorkerCall> Calls => Volatile.Read(ref _calls);

    /// <summary>All calls of <c>/health</c> in the order of their arrival.</summary>
    public IReadOnlyList<FakeWorkerCall> HealthCalls => Volatile.Read(ref _healthCalls);

    /// <summary>Tasks that have no answer yet.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Most tasks that ever ran at once.</summary>
    public int RunningMax => Volatile.Read(ref _runningMax);

    /// <summary>TCP connections accepted on the HTTP port since the start.</summary>
    public int ConnectionCount => _listener.Accepted;

    /// <summary>Starts a worker.</summary>
    /// <param name="options">Null gives the defaults.</param>
    public static async Task<FakeWorker> StartAsync(FakeWorkerOptions? options = null)
    {
        var worker = new FakeWorker(options ?? new FakeWorkerOptions());
        if (!worker._options.Up)
            await worker.GoDownAsync();
        return worker;
    }

    /// <summary>Sets the answers of the next tasks, one each; those after them get <see cref="Answer"/>.</summary>
    public void AnswerNext(params IEnumerable<FakeAnswer> answers)
    {
        foreach (var answer in answers)
            _nextAnswers.Enqueue(answer);
    }

    /// <summary>Sets the slots of <see cref="Health"/>; what is not used is available.</summary>
    public void SetSlots(int used, int limit, int queue = 0) =>
        Health = Health with { Slots = new WorkerSlots(used, limit - used, limit, queue) };

    /// <summary>The next call of <c>/task</c>; each is given once, in the order of arrival.</summary>
    /// <exception cref="TimeoutException">None came within 30 s.</exception>
    public Task<FakeWorkerCall> WaitForCallAsync() => Guard.WaitAsync(
        token => _newCalls.Reader.ReadAsync(token),
        () => $"Worker {Url}: no further task; {Calls.Count} came, {Running} have no answer yet");

    /// <summary>The next calls of <c>/task</c>.</summary>
    /// <exception cref="TimeoutException">One of them did not come within 30 s of the one before.</exception>
    public async Task<IReadOnlyList<FakeWorkerCall>> WaitForCallsAsync(int count)
    {
        var calls = new List<FakeWorkerCall>(count);
        while (calls.Count < count)
            calls.Add(await WaitForCallAsync());
        return calls;
    }

    /// <summary>The next call of <c>/health</c>; each is given once, in the order of arrival.</summary>
    /// <exception cref="TimeoutException">None came within 30 s.</exception>
    public Task<FakeWorkerCall> WaitForHealthCallAsync() => Guard.WaitAsync(
        token => _newHealthCalls.Reader.ReadAsync(token),
        () => $"Worker {Url}: no further health check; {HealthCalls.Count} came");

    /// <summary>Dies: resets all connections and refuses new ones, HTTP and WebSocket.</summary>
    /// <exception cref="AggregateException">A request was no HTTP/1.1, or an answer of the test's own
    /// failed.</exception>
    public async Task GoDownAsync()
    {
        await _listener.CloseAsync();
        await Socket.ShutAsync();
    }

    /// <summary>Listens again on the same ports.</summary>
    public void ComeBack()
    {
        _listener.Open();
        if (_options.WebSocket)
            Socket.Open();
    }

    /// <summary>Resets the open HTTP connections; the worker stays up.</summary>
    public void DropConnections() => _listener.DropConnections();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _listener.DisposeAsync();
        }
        finally
        {
            await Socket.DisposeAsync();
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken stopping)
    {
        await using var stream = new NetworkStream(socket);
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        var keepAlive = true;
        while (keepAlive && await RawRequest.ReadAsync(reader, stopping) is { } request)
        {
            using var aborted = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var call = new FakeWorkerCall(request, socket, stream, aborted);
            var watch = WatchAsync(reader, call);
            try
            {
                await AnswerAsync(call);
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                // A send may see the end before the watch does.
                call.MarkClientGone();
                throw;
            }
            finally
            {
                call.MarkEnded();
                reader.CancelPendingRead();
                await watch;
            }

            keepAlive = call.KeepAlive
                && !string.Equals(call.Header("connection"), "close", StringComparison.OrdinalIgnoreCase);
        }
    }

    // Sees the balancer close the connection while a call still waits for its answer. What it reads stays unread.
    private static async Task WatchAsync(PipeReader reader, FakeWorkerCall call)
    {
        try
        {
            var result = await reader.ReadAsync();
            reader.AdvanceTo(result.Buffer.Start);
            if (result.IsCompleted && result.Buffer.IsEmpty)
                call.MarkClientGone();
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            call.MarkClientGone();
        }
    }

    private Task AnswerAsync(FakeWorkerCall call)
    {
        switch ((call.Method, call.Path))
        {
            case ("POST", "/task"):
                return AnswerTaskAsync(call);
            case ("GET", "/health"):
                ImmutableInterlocked.Update(ref _healthCalls, static (list, one) => list.Add(one), call);
                _newHealthCalls.Writer.TryWrite(call);
                return IsAllowed(call, "x-lb-auth", _options.LbAuthKey)
                    ? (HealthAnswer ?? AnswerHealth)(call)
                    : FakeAnswers.Status(401, """{"error":"Unauthorized"}""")(call);
            case ("GET", "/logs"):
                return IsAllowed(call, "x-lb-auth", _options.LbAuthKey)
                    ? call.RespondAsync(200, $$"""{"logs":{{JsonSerializer.Serialize(Logs)}}}""")
                    : FakeAnswers.Status(401, """{"error":"Unauthorized"}""")(call);
            case ("POST", "/on" or "/off"):
                if (!IsAllowed(call, "authorization", _options.AuthKey))
                    return FakeAnswers.Status(401, """{"error":"Unauthorized"}""")(call);
                Health = Health with { Status = call.Path == "/on" ? "ready" : "maintenance" };
                return call.RespondAsync(200, """{"success":true}""");
            default:
                return call.RespondAsync(404, """{"error":"Not found"}""");
        }
    }

    private Task AnswerHealth(FakeWorkerCall call) =>
        call.RespondAsync(200, JsonSerializer.Serialize(Health, ProtocolJson.Default.WorkerHealth));

    private async Task AnswerTaskAsync(FakeWorkerCall call)
    {
        var running = Interlocked.Increment(ref _running);
        for (var seen = RunningMax; running > seen; seen = RunningMax)
            Interlocked.CompareExchange(ref _runningMax, running, seen);
        try
        {
            // The answer is chosen before the test can see the call, so one that it sets then is for a later call.
            var answer = !IsAllowed(call, "authorization", _options.AuthKey)
                ? FakeAnswers.Status(401, """{"error":"Unauthorized"}""")
                : _nextAnswers.TryDequeue(out var next) ? next : Answer;
            ImmutableInterlocked.Update(ref _calls, static (list, one) => list.Add(one), call);
            _newCalls.Writer.TryWrite(call);
            await answer(call);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private static bool IsAllowed(FakeWorkerCall call, string header, string? key)
    {
        if (key is null)
            return true;
        var sent = call.Header(header);
        return sent == key || (header == "authorization" && sent == "Bearer " + key);
    }

    private static WorkerHealth FirstHealth(FakeWorkerOptions options, int webSocketPort) => new()
    {
        WebsocketPort = webSocketPort,
        Group = options.Group,
        Contract = options.Contract,
        Status = "ready",
        Slots = new WorkerSlots(0, options.Slots, options.Slots, 0),
        System = new WorkerSystem(1, 0.1, 10),
        Functions = [.. options.Functions.Select(name =>
            new WorkerFunction(name, JsonElement.Parse("""{"name":{"type":"string","required":false}}""")))],
        Tags = JsonElement.Parse("[]"),
        Services = [],
    };
}
