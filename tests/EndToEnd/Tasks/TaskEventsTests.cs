using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>The events of a task, live and afterwards, and what a worker tells while it runs.</summary>
public sealed class TaskEventsTests
{
    [Fact]
    public async Task Events_Live_TellEveryStepAndEndWithTheTask()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Held;
        var id = await scene.Balancer.SubmitAsync("\"backoff\":{\"type\":\"fixed\",\"delay\":0}");
        var first = await scene.Worker.WaitForCallAsync();
        using var reader = await EventReader.OpenAsync(scene.Balancer, id);
        var seen = new List<ServerEvent?> { await reader.ReadAsync(), await reader.ReadAsync() };
        (await ReportAsync(scene.Balancer, first, "?kind=progress", "{\"done\":0.5}")).Status.ShouldBe(204);
        seen.Add(await reader.ReadAsync());
        first.Release(FakeAnswers.Failure);
        var second = await scene.Worker.WaitForCallAsync();
        seen.AddRange([await reader.ReadAsync(), await reader.ReadAsync()]);
        (await ReportAsync(scene.Balancer, second, "?kind=chunk", "\"part\"")).Status.ShouldBe(204);
        seen.Add(await reader.ReadAsync());
        second.Release(FakeAnswers.Json("""{"success":true,"result":"whole"}"""));
        seen.Add(await reader.ReadAsync());

        (await reader.ReadAsync()).ShouldBeNull();
        seen.Select(static each => each!.Kind).ShouldBe(
            ["queued", "started", "progress", "retrying", "started", "chunk", "completed"]);
        seen.Select(static each => each!.Id).ShouldBeInOrder(SortDirection.Ascending);
        seen.Select(static each => each!.Id).Distinct().Count().ShouldBe(seen.Count);
        seen[2]!.Data.GetRawText().ShouldBe("{\"done\":0.5}");
        seen[3]!.Data.Text("error").ShouldBe("It failed");
        seen[5]!.Data.GetString().ShouldBe("part");
        seen[6]!.Data.Text("result").ShouldBe("whole");
    }

    [Fact]
    public async Task Events_AfterTheEndAndARestart_AreTheSameAndResumeBehindTheLastId()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Held;
        var id = await scene.Balancer.SubmitAsync();
        var call = await scene.Worker.WaitForCallAsync();
        using var live = await EventReader.OpenAsync(scene.Balancer, id);
        await ReportAsync(scene.Balancer, call, "", "1");
        await ReportAsync(scene.Balancer, call, "", "2");
        call.Release();
        var seen = await live.ReadAllAsync();

        using var later = await EventReader.OpenAsync(scene.Balancer, id);
        var afterTheEnd = await later.ReadAllAsync();
        await scene.KillAndRestartAsync();
        using var resumed = await EventReader.OpenAsync(scene.Balancer, id, after: seen[2].Id);
        var rest = await resumed.ReadAllAsync();
        using var nothing = await EventReader.OpenAsync(scene.Balancer, id, after: seen[^1].Id);

        seen.Select(static each => each.Kind).ShouldBe(["queued", "started", "progress", "progress", "completed"]);
        afterTheEnd.Select(Shown).ShouldBe(seen.Select(Shown));
        rest.Select(Shown).ShouldBe(seen.Skip(3).Select(Shown));
        (await nothing.ReadAllAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Events_OfACancelledTask_EndWithFailed()
    {
        await using var scene = await TaskScene.StartAsync();
        var id = await scene.Balancer.SubmitAsync("\"delay\":600000");
        using var reader = await EventReader.OpenAsync(scene.Balancer, id);
        (await reader.ReadAsync())!.Kind.ShouldBe("queued");

        await scene.Balancer.DeleteAsync($"/task/{id}");

        var last = await reader.ReadAsync();
        last!.Kind.ShouldBe("failed");
        last.Data.Text("state").ShouldBe("cancelled");
        (await reader.ReadAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Progress_StaleOrNoToken_IsRefused()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.Held;
        var id = await scene.Balancer.SubmitAsync("\"backoff\":{\"type\":\"fixed\",\"delay\":0}");
        var first = await scene.Worker.WaitForCallAsync();
        first.Release(FakeAnswers.Failure);
        var second = await scene.Worker.WaitForCallAsync();

        var stale = await ReportAsync(scene.Balancer, first, "", "1");
        var none = await scene.Balancer.CallAsync(HttpMethod.Post, $"/task/{id}/progress", "1");
        second.Release();
        await scene.Balancer.EndOfAsync(id, "succeeded");
        var late = await ReportAsync(scene.Balancer, second, "", "1");

        (stale.Status, stale["code"]).ShouldBe((409, "stale_token"));
        (none.Status, none["member"]).ShouldBe((400, "x-fencing-token"));
        late.Status.ShouldBe(409);
    }

    private static Task<Answer> ReportAsync(BalancerProcess balancer, FakeWorkerCall call, string query, string data) =>
        balancer.CallAsync(
            HttpMethod.Post, $"/task/{call.Header("x-task-id")}/progress{query}", data,
            ("x-fencing-token", call.Header("x-fencing-token")!));

    private static string Shown(ServerEvent each) => $"{each.Id} {each.Kind} {each.Data.GetRawText()}";
}
