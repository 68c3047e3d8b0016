using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>Mode webhook: the balancer delivers the result itself, until the receiver has it.</summary>
public sealed class WebhookTests
{
    private static readonly byte[] NewKey = RandomNumberGenerator.GetBytes(32);
    private const string OldSecret = "an-old-secret-in-plain-words";

    private static readonly (string, string)[] Settings =
    [
        ("WEBHOOK_ALLOW_PRIVATE", "true"), ("WEBHOOK_RETRY_DELAY", "20ms"), ("WEBHOOK_RETRY_DELAY_MAX", "2s"),
    ];

    [Fact]
    public async Task Delivery_Signed_CarriesTheBareResultAndTheSendersHeaders()
    {
        await using var receiver = await FakeWorker.StartAsync();
        await using var scene = await TaskScene.StartAsync(
            [.. Settings, ("WEBHOOK_SECRET", $"whsec_{Convert.ToBase64String(NewKey)},{OldSecret}")]);
        scene.Worker.Answer = FakeAnswers.Json("""{"success":true,"result":{"n":[1,"é"]}}""");

        var answer = await scene.Balancer.PostAsync(Body(Webhook(receiver, "\"x-order\":\"7\"")));
        var call = await receiver.WaitForCallAsync();
        var task = await WaitForDeliveryAsync(scene, answer["taskId"]!, "delivered");

        answer.Status.ShouldBe(200);
        answer.Json.GetProperty("success").GetBoolean().ShouldBeTrue();
        call.BodyText.ShouldBe("""{"n":[1,"é"]}""");
        call.Header("content-type").ShouldBe("application/json");
        call.Header("x-order").ShouldBe("7");
        var sentAt = DateTimeOffset.FromUnixTimeSeconds(long.Parse(call.Header("webhook-timestamp")!));
        (DateTimeOffset.UtcNow - sentAt).ShouldBeInRange(TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(60));
        call.Header("webhook-signature")!.Split(' ').ShouldBe(
            [Sign(call, NewKey), Sign(call, Encoding.UTF8.GetBytes(OldSecret))]);
        task.GetProperty("webhook").GetProperty("tries").GetInt32().ShouldBe(1);
        task.GetProperty("webhook").GetProperty("lastStatus").GetInt32().ShouldBe(200);
        var toWorker = await scene.Worker.WaitForCallAsync();
        toWorker.Header("webhook-id").ShouldBeNull();
    }

    [Fact]
    public async Task Delivery_ReceiverFails_IsTriedAgainUnderTheSameId()
    {
        await using var receiver = await FakeWorker.StartAsync();
        receiver.AnswerNext(FakeAnswers.Failure, FakeAnswers.Close, FakeAnswers.Status(404, ""));
        await using var scene = await TaskScene.StartAsync([.. Settings, ("WEBHOOK_SECRET", OldSecret)]);

        var id = await SendAsync(scene, receiver);
        var calls = await receiver.WaitForCallsAsync(4);
        var task = await WaitForDeliveryAsync(scene, id, "delivered");

        calls.Select(static call => call.Header("webhook-id")).Distinct().ShouldHaveSingleItem().ShouldNotBeNull();
        calls.ShouldAllBe(static call => call.BodyText == "{}");
        calls.ShouldAllBe(static call =>
            call.Header("webhook-signature") == Sign(call, Encoding.UTF8.GetBytes(OldSecret)));
        task.GetProperty("webhook").GetProperty("tries").GetInt32().ShouldBe(4);
        scene.Worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Delivery_RetryAfter_IsObeyed()
    {
        await using var receiver = await FakeWorker.StartAsync();
        receiver.AnswerNext(
            FakeAnswers.Status(503, "", ("retry-after", "1")), FakeAnswers.Status(429, "", ("retry-after", "1")));
        await using var scene = await TaskScene.StartAsync(Settings);

        await SendAsync(scene, receiver);
        await receiver.WaitForCallAsync();
        for (var i = 0; i < 2; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await receiver.WaitForCallAsync();

            // The clock begins here a moment after the answer went out.
            Stopwatch.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromSeconds(0.9));
        }
    }

    [Fact]
    public async Task Delivery_Gone_StopsUntilItIsSentAgainByHand()
    {
        await using var receiver = await FakeWorker.StartAsync();
        receiver.AnswerNext(FakeAnswers.Status(410, ""));
        await using var scene = await TaskScene.StartAsync(Settings);

        var id = await SendAsync(scene, receiver);
        await WaitForDeliveryAsync(scene, id, "dead");
        var tooEarly = await scene.Balancer.OrderAsync($"/task/{await scene.Balancer.SubmitAsync()}/webhook/retry");
        receiver.Calls.Count.ShouldBe(1);
        (await scene.Balancer.OrderAsync($"/task/{id}/webhook/retry")).Status.ShouldBe(202);
        await WaitForDeliveryAsync(scene, id, "delivered");

        tooEarly.Status.ShouldBe(409);
        var calls = await receiver.WaitForCallsAsync(2);
        calls[1].Header("webhook-id").ShouldBe(calls[0].Header("webhook-id"));
        calls[1].BodyText.ShouldBe(calls[0].BodyText);
    }

    [Fact]
    public async Task Delivery_RetriesUsedUp_IsDeadListedAndSentAgainByHand()
    {
        await using var receiver = await FakeWorker.StartAsync();
        receiver.AnswerNext(FakeAnswers.Failure, FakeAnswers.Failure, FakeAnswers.Failure);
        await using var scene = await TaskScene.StartAsync([.. Settings, ("WEBHOOK_MAX_RETRIES", "2")]);

        var id = await SendAsync(scene, receiver);
        var dead = await WaitForDeliveryAsync(scene, id, "dead");
        var listed = await scene.Balancer.ListAsync("webhook=dead");
        (await scene.Balancer.OrderAsync($"/task/{id}/webhook/retry")).Status.ShouldBe(202);
        await WaitForDeliveryAsync(scene, id, "delivered");

        dead.GetProperty("webhook").GetProperty("tries").GetInt32().ShouldBe(3);
        dead.GetProperty("webhook").GetProperty("lastStatus").GetInt32().ShouldBe(500);
        dead.Text("state").ShouldBe("succeeded");
        listed.ShouldBe([id]);
        (await scene.Balancer.ListAsync("webhook=dead")).ShouldBeEmpty();
        receiver.Calls.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Kill_BetweenTheTasksEndAndItsDelivery_ArrivesAfterTheRestart()
    {
        await using var receiver = await FakeWorker.StartAsync();
        await using var scene = await TaskScene.StartAsync(Settings);
        await receiver.GoDownAsync();
        var id = await SendAsync(scene, receiver);
        await scene.Balancer.EndOfAsync(id, "succeeded");

        await scene.KillAndRestartAsync();
        receiver.ComeBack();

        var call = await receiver.WaitForCallAsync();
        call.BodyText.ShouldBe("{}");
        call.Header("x-task-id").ShouldBe(id);
        await WaitForDeliveryAsync(scene, id, "delivered");
        scene.Worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Kill_ManyAcknowledged_EveryOneArrives()
    {
        const int Count = 200;
        await using var receiver = await FakeWorker.StartAsync();
        await using var scene = await TaskScene.StartAsync(Settings);

        var answers = await scene.Balancer.SubmitManyAsync(Enumerable.Repeat(Body(Webhook(receiver)), Count));
        await receiver.WaitForCallsAsync(20);
        await scene.KillAndRestartAsync();
        var missing = answers.Select(static answer => answer.Text("taskId")).ToHashSet();
        missing.Count.ShouldBe(Count);
        missing.ExceptWith(receiver.Calls.Select(static call => call.Header("x-task-id")));
        while (missing.Count > 0)
            missing.Remove((await receiver.WaitForCallAsync()).Header("x-task-id"));
    }

    [Fact]
    public async Task Task_FailsForGood_TheReceiverIsTold()
    {
        await using var receiver = await FakeWorker.StartAsync();
        await using var scene = await TaskScene.StartAsync(Settings);
        scene.Worker.Answer = FakeAnswers.BadRequest;

        var id = await SendAsync(scene, receiver);
        var call = await receiver.WaitForCallAsync();

        call.Json().GetProperty("success").GetBoolean().ShouldBeFalse();
        call.Json().Text("error").ShouldBe("Parameter 'name' is missing");
        call.Header("x-task-id").ShouldBe(id);
        call.Header("webhook-signature").ShouldBeNull();
        await scene.Balancer.EndOfAsync(id, "dead");
    }

    [Theory]
    [InlineData("false", "http://127.0.0.1:9/x", "http://localhost:9/x", "http://[::1]:9/x", "http://10.0.0.1/x")]
    [InlineData("true", "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/x")]
    public async Task Post_ForbiddenTarget_IsRefusedAndNothingIsKept(string allowPrivate, params string[] urls)
    {
        await using var scene = await TaskScene.StartAsync(("WEBHOOK_ALLOW_PRIVATE", allowPrivate));
        foreach (var url in urls)
        {
            var body = Body($"\"mode\":\"webhook\",\"webhook\":{{\"url\":\"{url}\"}}");
            var answer = await scene.Balancer.PostAsync(body);
            var line = (await scene.Balancer.SubmitManyAsync([body])).ShouldHaveSingleItem();

            (answer.Status, answer["code"], answer["member"]).ShouldBe((400, "webhook_refused", "webhook.url"));
            line.Text("code").ShouldBe("webhook_refused");
        }

        (await scene.Balancer.ListAsync("limit=10")).ShouldBeEmpty();
        scene.Worker.Calls.ShouldBeEmpty();
    }

    // The fake worker is as good a receiver as any: it takes POST /task, without a key when it was given none.
    private static string Webhook(FakeWorker receiver, string headers = "") =>
        $$$"""
        "mode":"webhook","webhook":{"url":"{{{receiver.Url}}}/task","headers":{ {{{headers}}} }}
        """;

    private static async Task<string> SendAsync(TaskScene scene, FakeWorker receiver)
    {
        var answer = await scene.Balancer.PostAsync(Body(Webhook(receiver)));
        answer.Status.ShouldBe(200, answer.Text);
        return answer["taskId"]!;
    }

    private static async Task<JsonElement> WaitForDeliveryAsync(TaskScene scene, string id, string state)
    {
        Answer? last = null;
        await FileWatch.UntilAsync(
            scene.DatabasePath,
            async () =>
            {
                last = await scene.Balancer.GetAsync($"/task/{id}");
                return last.Json.TryGetProperty("webhook", out var webhook) && webhook.Text("state") == state;
            },
            () => $"Waited for a delivery that is {state}: {last?.Text}");
        return last!.Json;
    }

    // Standard Webhooks: HMAC-SHA256 over "id.timestamp.body".
    private static string Sign(FakeWorkerCall call, byte[] key)
    {
        byte[] signed =
        [
            .. Encoding.UTF8.GetBytes($"{call.Header("webhook-id")}.{call.Header("webhook-timestamp")}."),
            .. call.Body.Span,
        ];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed));
    }
}
