using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Local;

/// <summary>One idempotency key a hundred times at once, half of it after a kill -9.</summary>
internal sealed class DuplicateSubmissionTrial : Trial
{
    private const int Posts = 100;

    /// <inheritdoc/>
    public override string Name => "10-duplicate-submission";

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var rounds = settings.Short ? 3 : 20;
        var random = new Random(settings.Seed);
        await using var rig = await Rig.StartAsync();
        var (several, clashes, unanswered) = (0, 0, 0);
        for (var round = 0; round < rounds; round++)
        {
            var entry = rig.Ledger.Add(false);
            var first = PostManyAsync(rig, entry, Posts / 2);
            await Task.Delay(random.Next(30));
            await rig.KillBalancerAsync();
            var before = await first;
            await rig.StartBalancerAsync();
            await rig.WaitForWorkersAsync();
            var after = await PostManyAsync(rig, entry, Posts / 2);
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
            $"{rounds} keys, {Posts} posts each across a kill: keys with several tasks {several}, posts after the kill " +
            $"that were not answered with the task {unanswered}; another body refused {clashes} of {rounds} times");
    }

    private static string Body(LedgerEntry entry, string name) =>
        "{\"group\":\"hello\",\"contract\":1,\"function\":\"hello\",\"mode\":\"async\",\"input\":{\"name\":\"" + name
        + "\",\"id\":\"" + entry.Mark + "\"}}";

    private static Task<Answer?[]> PostManyAsync(Rig rig, LedgerEntry entry, int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(async _ =>
        {
            try
            {
                return await rig.Client.PostAsync(Body(entry, "trial"), ("Idempotency-Key", entry.Mark));
            }
            catch (HttpRequestException)
            {
                return null; // killed meanwhile
            }
        }));
}
