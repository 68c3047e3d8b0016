using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Local;

/// <summary>Stands in for a power cut: reads from the record of system calls that each task was forced to the disk
/// before it was acknowledged. Many tasks may share one force.</summary>
internal sealed class AckOrderTrial : Trial
{
    private const int Tasks = 1_000;

    /// <inheritdoc/>
    public override string Name => "02-ack-after-fsync";

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        await using var rig = await Rig.StartAsync();
        await rig.KillBalancerAsync();
        var record = Path.Combine(rig.Folder, "calls");
        await rig.StartBalancerAsync(Strace.Record(record));
        await rig.WaitForWorkersAsync();
        await new Load(rig).RunAsync(Tasks, 8, CancellationToken.None);
        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(120));
        await rig.StopBalancerAsync();

        var order = AckOrder.Read(record);
        var violations = order.Violations(rig.Ledger.Acked);
        return verdict.ToResult(
            Name, "-", violations.Count == 0 && rig.Ledger.AckedCount == Tasks,
            [$"{violations.Count} violations over {rig.Ledger.AckedCount} acks, {order.Forced} forces", .. violations.Take(3)]);
    }
}
