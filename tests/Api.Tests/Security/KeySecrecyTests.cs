using System.Text;
using System.Text.RegularExpressions;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Security;

/// <summary>Secrets that a balancer knows, looked for in all that it says and writes, at the most talkative level.</summary>
public sealed partial class KeySecrecyTests
{
    private const string WorkerKey = "the-Worker-Key-91c4";
    private const string WebhookSecret = "the-Webhook-Secret-0b1d5aa2";
    private const string NearlyTheKey = "the-Balancer-Key-7f3b";

    // Long enough to be no accident, short enough to find a part of the key, or a wrong one that is almost right.
    private static readonly string[] Secrets = ["Balancer-Key", "Worker-Key", "Webhook-Secret"];

    [Fact]
    public async Task Everything_SaidAndLogged_HoldsNoSecret()
    {
        await using var worker = await FakeWorker.StartAsync(
            new FakeWorkerOptions { AuthKey = WorkerKey, LbAuthKey = SurfaceHarness.Key });
        await using var surface = await SurfaceHarness.StartAsync(
            ("WEBHOOK_SECRET", WebhookSecret), ("TASK_ATTEMPTS", "1"), ("AUTH_FAILURE_LIMIT", "5"));
        surface.WriteWorkers(worker.Url);
        await worker.Socket.WaitForConnectionAsync();
        var said = new StringBuilder();

        await RunTasksAsync(surface, worker, said);
        await AskEverythingAsync(surface, said);
        await GuessAsync(surface, said);

        said.Append(await surface.StopAsync());
        said.Length.ShouldBeGreaterThan(10_000);
        foreach (var secret in Secrets)
            Around(said.ToString(), secret).ShouldBeNull();
        Around(said.ToString(), surface.Session.Split('=')[1]).ShouldBeNull();
    }

    // Tasks of every outcome, with the keys where they belong and where they do not.
    private static async Task RunTasksAsync(SurfaceHarness surface, FakeWorker worker, StringBuilder said)
    {
        worker.AnswerNext(
            FakeAnswers.Ok,
            FakeAnswers.Failure,
            FakeAnswers.BadRequest,
            FakeAnswers.Close,
            FakeAnswers.Status(302, "{}", ("Location", "/elsewhere")));
        foreach (var body in new[]
        {
            """{"group":"hello","function":"hello","contract":1,"input":{}}""",
            """{"group":"hello","function":"hello","contract":1,"input":{}}""",
            """{"group":"hello","function":"hello","contract":1,"input":{}}""",
            """{"group":"hello","function":"hello","contract":1,"input":{}}""",
            """{"group":"hello","function":"hello","contract":1,"input":{}}""",
            """{"group":"nobody","function":"hello","contract":1,"input":{}}""",
            """{"group":"hello","function":"hello","contract":1,"mode":"async","input":{}}""",
            """{"group":"hello","function":"hello","contract":1,"mode":"webhook","webhook":{"url":"http://127.0.0.1:1/"}}""",
            """{"group":1}""",
            "{",
        })
        {
            var answer = await surface.SendBodyAsync(
                "POST", "/task", "application/json", body,
                ("Authorization", "Bearer " + SurfaceHarness.Key), ("x-wr-auth", WorkerKey));
            said.Append(answer.Text);
        }
    }

    // Every route by every method that it knows, with the key and with a session; of a stream, what comes at once.
    private static async Task AskEverythingAsync(SurfaceHarness surface, StringBuilder said)
    {
        foreach (var route in surface.Routes)
        {
            var edge = route.Metadata.GetMetadata<EdgeRoute>()!;
            var pattern = route.RoutePattern.RawText!;
            foreach (var path in new[] { Parameter().Replace(pattern, "1"), Parameter().Replace(pattern, "js/app.js") })
            {
                foreach (var method in new[] { "GET", "POST", "DELETE" }.Where(edge.Knows))
                {
                    said.Append(await AskAsync(surface, method, path, ("Authorization", SurfaceHarness.Key)));
                    said.Append(await AskAsync(
                        surface, method, path, ("Cookie", surface.Session), ("Sec-Fetch-Site", "same-origin")));
                }
            }
        }
    }

    private static async Task<string> AskAsync(
        SurfaceHarness surface, string method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await surface.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        // A login has a good reason to speak of a session, and none of a key.
        answer.Headers.Remove("Set-Cookie");
        if (answer.Content.Headers.ContentLength is not null)
            return answer.Headers + await answer.Content.ReadAsStringAsync();
        await using var stream = await answer.Content.ReadAsStreamAsync();
        var first = new byte[64 * 1024];
        return answer.Headers + Encoding.UTF8.GetString(first, 0, await stream.ReadAsync(first));
    }

    // Until the balancer tires of it, and says so in its log.
    private static async Task GuessAsync(SurfaceHarness surface, StringBuilder said)
    {
        for (var i = 0; i < 10; i++)
        {
            var byHeader = await surface.SendAsync("GET", "/queues", ("Authorization", "Bearer " + NearlyTheKey));
            var byForm = await surface.SendBodyAsync(
                "POST", "/dashboard/login", "application/x-www-form-urlencoded", "key=" + NearlyTheKey);
            byHeader.Status.ShouldBe(i < 3 ? 401 : 429);
            said.Append(byHeader.Text).Append(byForm.Text);
        }

        var inPath = await surface.SendAsync("GET", $"/nothing?key={SurfaceHarness.Key}");
        said.Append(inPath.Text);
    }

    private static string? Around(string text, string secret)
    {
        var at = text.IndexOf(secret, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? null : text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 100)];
    }

    [GeneratedRegex(@"\{[^}]+\}", RegexOptions.None, 1000)]
    private static partial Regex Parameter();
}
