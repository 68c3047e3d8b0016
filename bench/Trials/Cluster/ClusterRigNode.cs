using System.Diagnostics;
using ActorBalancer.Testing.Processes;
using ActorBalancer.Testing.Workers;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Cluster;

/// <summary>A node that is started, ended and started again; each life has an id of its own, since the name of a killed
/// one is taken until its lease runs out.</summary>
internal sealed class ClusterRigNode(string name, string mode, ClusterRig rig) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "ActorBalancer.Api.dll");

    private readonly int _port = FreePort.Next();
    private BalancerClient? _client;
    private int _lives;

    /// <summary>Name of the place; all its lives begin with it.</summary>
    public string Name { get; } = name;

    /// <summary>Its <c>NODE_ID</c> in this life.</summary>
    public string Id => $"{Name}-{_lives}";

    /// <summary>Whether it serves the HTTP API.</summary>
    public bool IsApi => mode != "master";

    /// <summary>Whether it owns workers.</summary>
    public bool IsEngine => mode != "worker";

    /// <summary>Whether it has been started and not ended.</summary>
    public bool IsUp { get; private set; }

    /// <summary>Speaks to it.</summary>
    public BalancerClient Client => _client ??= new BalancerClient(_port);

    /// <summary>Its process.</summary>
    public ChildProcess Process { get; private set; } = null!;

    /// <summary>Starts it without waiting.</summary>
    /// <param name="wrapper">A command in front of it, such as strace.</param>
    /// <param name="settings">Settings beside those of the rig.</param>
    public void Launch(IReadOnlyList<string>? wrapper = null, params (string Name, string Value)[] settings)
    {
        _lives++;
        Process = new ChildProcess(
            Assembly, rig.FolderPath, [], [.. rig.SettingsOf(Id, Name, mode, _port), .. settings],
            [.. wrapper ?? []]);
    }

    /// <summary>Starts it and waits until it is a member, and ready if it serves.</summary>
    public async Task<TimeSpan> StartAsync(
        IReadOnlyList<string>? wrapper = null, params (string Name, string Value)[] settings)
    {
        var watch = Stopwatch.StartNew();
        Launch(wrapper, settings);
        await Poll.UntilAsync(
            async () => Process.HasExited
                ? throw new TrialException(
                    $"{Id} ended at its start: {Process.Output} {await Process.ReadErrorsAsync()}")
                : await IsReadyAsync(),
            Patience, $"{Id} to be ready");
        IsUp = true;
        return watch.Elapsed;
    }

    /// <summary>Kills it with -9 and waits for its end.</summary>
    public async Task KillAsync()
    {
        IsUp = false;
        Process.Signal("KILL");
        await Process.WaitForExitAsync();
        await Process.DisposeAsync();
    }

    /// <summary>Ends it in good order.</summary>
    /// <returns>Its exit code, and how long it took.</returns>
    public async Task<(int Code, TimeSpan Took)> StopAsync()
    {
        IsUp = false;
        var watch = Stopwatch.StartNew();
        Process.Signal("TERM");
        var code = await Process.WaitForExitAsync();
        await Process.DisposeAsync();
        return (code, watch.Elapsed);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Process is not null)
            await Processes.EndAsync(Process);
        _client?.Dispose();
    }

    private async Task<bool> IsReadyAsync() => IsApi
        ? await Client.IsReadyAsync()
        : await rig.Redis.CommandAsync("EXISTS", $"actorbalancer:node:{Id}") == ":1";
}
