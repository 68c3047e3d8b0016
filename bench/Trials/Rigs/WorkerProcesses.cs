using ActorBalancer.HelloWorker;
using ActorBalancer.Testing.Processes;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.Trials.Rigs;

/// <summary>Sample workers as processes on ports of their own, each with a log that outlives it.</summary>
/// <param name="folder">Where they run and write.</param>
/// <param name="count">How many.</param>
/// <param name="slots">Slots of each.</param>
internal sealed class WorkerProcesses(string folder, int count, int slots) : IAsyncDisposable
{
    private static readonly string Assembly = typeof(HelloWorkerOptions).Assembly.Location;

    private readonly (int Port, int SocketPort, string Log)[] _places = [.. Enumerable.Range(0, count).Select(number =>
        (FreePort.Next(), FreePort.Next(), Path.Combine(folder, $"worker-{number}.log")))];

    private readonly ChildProcess?[] _processes = new ChildProcess?[count];

    /// <summary>How many.</summary>
    public int Count => _places.Length;

    /// <summary>Base URLs, in order.</summary>
    public IEnumerable<string> Urls => _places.Select(static place => $"http://127.0.0.1:{place.Port}");

    /// <summary>What they wrote down.</summary>
    public IReadOnlyList<WorkerRun> Runs => WorkerLogs.Read(_places.Select(static place => place.Log));

    /// <summary>Path of a worker's log.</summary>
    public string LogOf(int number) => _places[number].Log;

    /// <summary>True when the process of each is the one that was started last and has not ended.</summary>
    public bool AreAllUp => _processes.All(static process => process is { HasExited: false });

    /// <summary>Starts all.</summary>
    public void StartAll()
    {
        for (var number = 0; number < _processes.Length; number++)
            Start(number);
    }

    /// <summary>Starts a worker on its port, with its log.</summary>
    public void Start(int number)
    {
        var (port, socketPort, log) = _places[number];
        _processes[number] = new ChildProcess(Assembly, folder, [],
        [
            ("PORT", $"{port}"), ("WEBSOCKET_PORT", $"{socketPort}"), ("BIND_ADDRESS", "127.0.0.1"),
            ("AUTH_KEY", BalancerClient.WorkerKey), ("LB_AUTH_KEY", BalancerClient.Key), ("TASK_LOG", log),
            ("SLOTS", $"{slots}"), ("LOG_LEVEL", "error"),
        ]);
    }

    /// <summary>Kills a worker with -9 and waits for its end.</summary>
    public async Task KillAsync(int number)
    {
        var process = _processes[number]!;
        process.Signal("KILL");
        await process.WaitForExitAsync();
        await process.DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            if (process is not null)
                await Processes.EndAsync(process);
        }
    }
}

/// <summary>Ends processes of a rig.</summary>
internal static class Processes
{
    /// <summary>Ends a process that may have been ended and given up before.</summary>
    public static async Task EndAsync(ChildProcess process)
    {
        try
        {
            await process.DisposeAsync();
        }
        catch (InvalidOperationException)
        {
            // Ended and given up before.
        }
    }
}
