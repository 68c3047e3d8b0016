using System.Net;
using System.Net.Sockets;
using ActorBalancer.Testing;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Local;

/// <summary>Webhooks to what a balancer's network hides, in every spelling, and by a redirect.</summary>
internal sealed class HiddenTargetsTrial : Trial
{
    /// <inheritdoc/>
    public override string Name => "25-hidden-targets";

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        using var canary = new TcpListener(IPAddress.Loopback, 0);
        canary.Start();
        var port = ((IPEndPoint)canary.LocalEndpoint).Port;
        await using var rig = await Rig.StartAsync(new RigOptions
        {
            Settings = [("WEBHOOK_ALLOW_PRIVATE", "false"), ("WEBHOOK_MAX_RETRIES", "0")],
        });
        var urls = SsrfSpellings.All(port);
        var (refused, taken, odd) = (0, new List<string>(), new List<string>());
        foreach (var url in urls)
        {
            var answer = await rig.Client.PostAsync(Body(url));
            if (answer.Status == 400)
                refused++;
            else if (answer.IsGood)
                taken.Add(answer.Text("taskId")!);
            else
                odd.Add($"{answer.Status} for {url}");
        }

        await Poll.UntilAsync(
            async () => await rig.Client.UnfinishedAsync() == 0, TimeSpan.FromSeconds(120), "the deliveries to fail");
        var seen = await rig.Client.ListAsync();
        var notDead = taken.Count(id => seen[id].Webhook != "dead");
        var isTouched = canary.Pending();
        return new TrialResult
        {
            Trial = Name,
            Seeds = "-",
            Acked = taken.Count,
            Unexpected = (isTouched ? 1 : 0) + notDead,
            Pass = !isTouched && notDead == 0 && odd.Count == 0 && urls.Count >= 300,
            Notes =
            [
                $"{urls.Count} spellings: {refused} refused with 400, {taken.Count} taken since their names have no address " +
                $"here, of which {notDead} did not fail; the canary was {(isTouched ? "TOUCHED" : "not touched")}",
                .. odd.Take(3),
            ],
        };
    }

    private static string Body(string url) => System.Text.Json.JsonSerializer.Serialize(new
    {
        group = "hello",
        contract = 1,
        function = "hello",
        mode = "webhook",
        input = new { name = "trial" },
        webhook = new { url },
    });
}
