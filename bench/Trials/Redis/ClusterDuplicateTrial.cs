using ActorBalancer.Trials.Cluster;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Redis;

/// <summary>One idempotency key a hundred times at once over all nodes, half of it after one of them was
/// killed.</summary>
internal sealed class ClusterDuplicateTrial : Trial
{
    private const int Posts = 100;

    /// <inheritdoc/>
    public override string Name => "10r-duplicate-submission";

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var rounds = settings.Short ? 2 : 20;
        var random = new Random(settings.Seed);
        await using var rig = await ClusterRig.StartAsync(new ClusterRigOptions { Workers = 2 });
        var (several, clashes, unanswered) = (0, 0, 0);
        for (var round = 0; round < rounds; round++)
        {
            var entry = rig.Ledger.Add(false);
            var first = PostManyAsync(rig, entry);
            await Task.Delay(random.Next(30));
            var node = rig.Nodes[random.Next(rig.Nodes.Count)];
            await rig.KillAsync(node);
            var before = await first;
            await node.StartAsync();
            await rig.WaitForWorkersAsync();
            var after = await PostManyAsync(rig, entry);
            unanswered += after.Count(static answer => answer is not { IsGood: true });
            var ids = before.Concat(after).Where(static answer => answer is { IsGood: true })
                .Select(static answer => answer!.Text("taskId")!).Distinct(StringComparer.Ordinal).ToList();
            if (ids.Count == 1)
                rig.Ledger.Acknowledge(entry, ids[0]);
            else
                several++;
            var other = await rig.Client.PostAsync(Body(entry, "other"), ("Idempotency-Key", entry.Mark));
            if (other.Status == 422)
                clashes++;
        }

        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(60));
        return verdict.ToResult(
            Name, $"{settings.Seed}", several == 0 && clashes == rounds && unanswered == 0,
            $"{rounds} keys, {Posts} posts each at 3 nodes across the kill of one: keys with several tasks " +
            $"{several}, posts after the kill that were not answered with the task {unanswered}; another body " +
            $"refused {clashes} of {rounds} times");
    }

    private static string Body(LedgerEntry entry, string name) =>
        "{\"group\":\"hello\",\"contract\":1,\"function\":\"hello\",\"mode\":\"async\",\"input\":{\"name\":\"" + name
        + "\",\"id\":\"" + entry.Mark + "\"}}";

    private static Task<Answer?[]> PostManyAsync(ClusterRig rig, LedgerEntry entry) =>
        Task.WhenAll(Enumerable.Range(0, Posts / 2).Select(async number =>
        {
            try
            {
                return await rig.ClientOf(number).PostAsync(Body(entry, "trial"), ("Idempotency-Key", entry.Mark));
            }
            catch (HttpRequestException)
            {
                return null; // killed meanwhile
            }
        }));
}
