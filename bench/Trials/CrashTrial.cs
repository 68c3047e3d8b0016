using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials;

/// <summary>What is killed.</summary>
[Flags]
internal enum Victims
{
    Balancer = 1,
    Worker = 2,
    Both = 3,
}

/// <summary>Posts at full speed while the balancer, a worker or both are killed with -9 at random moments.</summary>
/// <param name="rounds">Kills.</param>
/// <param name="victims">What is killed in each round.</param>
internal sealed class CrashTrial(int rounds, Victims victims) : Trial
{
    private const int Connections = 16;

    /// <summary>Bounds of the time between a good start and the next kill. It falls anywhere in the work of a balancer
    /// that starts cold, and of one that is warm.</summary>
    private const int UpMillisecondsMin = 100;
    private const int UpMillisecondsMax = 1_500;

    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(120);

    /// <inheritdoc/>
    public override string Name => $"crash-{victims}".ToLowerInvariant();

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var random = new Random(settings.Seed);
        await using var rig = await Rig.StartAsync();
        using var stop = new CancellationTokenSource();
        var load = new Load(rig).RunAsync(int.MaxValue, Connections, stop.Token);
        for (var round = 1; round <= rounds; round++)
        {
            await Task.Delay(random.Next(UpMillisecondsMin, UpMillisecondsMax), CancellationToken.None);
            await KillAsync(rig, random.Next(2));
            if (victims.HasFlag(Victims.Balancer))
                await rig.StartBalancerAsync();
            else
                await rig.WaitForWorkersAsync();
            await Console.Error.WriteLineAsync($"{Name} round {round}: acked {rig.Ledger.AckedCount}");
        }

        await stop.CancelAsync();
        await load;
        await rig.WaitForWorkersAsync();
        var verdict = await Verdict.ReachAsync(rig, DrainMax);
        return verdict.ToResult(
            Name, $"{settings.Seed}", true,
            $"{rounds} rounds, posted {rig.Ledger.Posted.Count()}, slots {rig.Slots}; "
            + $"start to ready at most {rig.StartTimeMax.TotalSeconds:0.0} s");
    }

    private async Task KillAsync(Rig rig, int worker)
    {
        var kills = new List<Task>();
        if (victims.HasFlag(Victims.Balancer))
            kills.Add(rig.KillBalancerAsync());
        if (victims.HasFlag(Victims.Worker))
            kills.Add(rig.KillWorkerAsync(worker));
        await Task.WhenAll(kills);
        if (victims.HasFlag(Victims.Worker))
            rig.StartWorker(worker);
    }
}
