using System.Text.Json;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Telemetry;

/// <summary>One trace from the client to the webhook, and what the log says of it.</summary>
public sealed class TraceTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Parent = $"00-{Trace}-00f067aa0ba902b7-01";
    private const string Secret = "a-secret-of-webhooks-91";

    private static readonly (string, string)[] Settings =
    [
        ("WEBHOOK_ALLOW_PRIVATE", "true"), ("WEBHOOK_RETRY_DELAY", "20ms"), ("WEBHOOK_SECRET", Secret),
        ("RETRY_BACKOFF", "1ms"), ("LOG_FORMAT", "json"), ("LOG_LEVEL", "trace"),
    ];

    [Fact]
    public async Task Task_KilledBetween_WorkerWebhookAndLogNameTheClientsTrace()
    {
        await using var receiver = await FakeWorker.StartAsync();
        receiver.AnswerNext(FakeAnswers.Failure);
        await using var scene = await TaskScene.StartAsync(Settings);
        scene.Worker.AnswerNext(FakeAnswers.Failure, FakeAnswers.Hang);
        var accepted = await scene.Balancer.PostAsync(
            Body(Webhook(receiver)), ("traceparent", Parent), ("tracestate", "a=b"));
        var id = accepted["taskId"]!;
        var calls = await scene.Worker.WaitForCallsAsync(2);
        var before = scene.Balancer.Process.Output;

        await scene.KillAndRestartAsync();
        calls = [.. calls, await scene.Worker.WaitForCallAsync()];
        var deliveries = await receiver.WaitForCallsAsync(2);
        await scene.Balancer.Process.WaitForLineAsync("\"eventId\":500");

        foreach (var call in calls.Concat(deliveries))
        {
            call.Header("traceparent").ShouldBe(Parent);
            call.Header("tracestate").ShouldBe("a=b");
        }

        (await scene.Balancer.LookAsync(id)).Text("traceId").ShouldBe(Trace);
        ShouldNameTheTask(before, id, [201]);
        ShouldNameTheTask(scene.Balancer.Process.Output, id, [209, 500, 501]);
        ShouldHoldNoKey(before + scene.Balancer.Process.Output);
    }

    [Fact]
    public async Task Task_FailsForGoodWithoutATraceOfItsClient_ItsIdIsTheTraceEverywhere()
    {
        await using var receiver = await FakeWorker.StartAsync();
        await using var scene = await TaskScene.StartAsync(Settings);
        scene.Worker.Answer = FakeAnswers.Failure;
        using var lines = await scene.Balancer.OpenAsync(HttpMethod.Get, "/logs?follow=true&level=info&contains=task");
        using var reader = new StreamReader(await lines.Content.ReadAsStreamAsync());

        var failed = await scene.Balancer.PostAsync(Body());
        var accepted = await scene.Balancer.PostAsync(Body(Webhook(receiver)));
        var delivery = await receiver.WaitForCallAsync();

        failed.Status.ShouldBe(500);
        var id = failed.Header("x-task-id").ShouldNotBeNull();
        failed["traceId"].ShouldBe(id);
        var other = accepted["taskId"]!;
        delivery.Header("traceparent")!.Split('-')[1].ShouldBe(other);
        var calls = scene.Worker.Calls;
        calls.Count.ShouldBe(6);
        calls.Select(static call => call.Header("traceparent")!.Split('-')[1]).ShouldBe(
            [id, id, id, other, other, other]);
        var followed = await ReadUntilAsync(reader, $"Task {id}, function hello of hello/1, failed for good");
        followed.Text("traceId").ShouldBe(id);
        followed.Text("taskId").ShouldBe(id);
        followed.Text("level").ShouldBe("info");
        ShouldNameTheTask(scene.Balancer.Process.Output, id, [201, 208]);
    }

    private static string Webhook(FakeWorker receiver) =>
        $$$"""
        "mode":"webhook","webhook":{"url":"{{{receiver.Url}}}/task","headers":{"x-mine":"{{{Secret}}}"}}
        """;

    // Every line that speaks of a task names it and its trace, and these events are among them.
    private static void ShouldNameTheTask(string output, string id, int[] events)
    {
        var seen = new HashSet<int>();
        foreach (var line in output.Split('\n').Where(line => line.Contains(id, StringComparison.Ordinal)))
        {
            var json = JsonElement.Parse(line);
            json.Text("taskId").ShouldBe(id, line);
            json.Text("traceId").ShouldBe(line.Contains(Trace, StringComparison.Ordinal) ? Trace : id, line);
            json.Text("category").ShouldNotBeNullOrEmpty();
            seen.Add(json.GetProperty("eventId").GetInt32());
        }

        events.ShouldBeSubsetOf(seen, output);
    }

    private static void ShouldHoldNoKey(string output)
    {
        output.ShouldNotContain(BalancerProcess.WorkerKey, Case.Insensitive);
        output.ShouldNotContain(BalancerProcess.Key, Case.Insensitive);
        output.ShouldNotContain(Secret, Case.Insensitive);
    }

    private static async Task<JsonElement> ReadUntilAsync(StreamReader reader, string text)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await reader.ReadLineAsync(guard.Token) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal))
                return JsonElement.Parse(line["data: ".Length..]);
        }

        throw new InvalidOperationException($"The log ended before '{text}' came.");
    }
}
