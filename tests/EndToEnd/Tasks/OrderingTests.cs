using System.Text.Json;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>Ordering keys over HTTP with real workers, whose own logs say what ran when.</summary>
public sealed class OrderingTests
{
    [Fact]
    public async Task OrderingKey_TwoWorkersOfManySlots_OneOfAKeyAtATimeInOrderOfArrival()
    {
        const int Keys = 5;
        const int Count = 60;
        using var folder = new TemporaryFolder();
        await using var one = await HelloWorkerProcess.StartAsync(folder, "one", ("SLOTS", "8"));
        await using var two = await HelloWorkerProcess.StartAsync(folder, "two", ("SLOTS", "8"));
        await using var balancer = await BalancerProcess.StartAsync(folder, [one.Url, two.Url]);
        await balancer.WaitForWorkersAsync(2);
        await balancer.PauseAsync();
        var ids = (await balancer.SubmitManyAsync(Enumerable.Range(0, Count).Select(i => Keyed($"k{i % Keys}"))))
            .Select(static line => line.Text("taskId")!).ToList();
        (await balancer.LookAsync(ids[^1])).Text("state").ShouldBe("queued");

        await balancer.ResumeAsync();
        foreach (var id in ids)
            await balancer.EndOfAsync(id, "succeeded");

        var runs = Runs(one, two);
        runs.Count.ShouldBe(Count);
        for (var key = 0; key < Keys; key++)
            ShouldFollow(runs, [.. ids.Where((_, i) => i % Keys == key)]);

        // That all first tasks overlap is not sure: a busy worker may end one before another has begun.
        var times = runs.Values.OrderBy(static run => run.Started).ToList();
        times.Zip(times.Skip(1)).ShouldContain(
            static pair => pair.Second.Started < pair.First.Ended, "tasks of different keys run side by side");
    }

    [Fact]
    public async Task OrderingKey_WorkerKilled_ItsTaskRunsElsewhereAndTheNextFollows()
    {
        using var folder = new TemporaryFolder();
        await using var killed = await HelloWorkerProcess.StartAsync(folder, "killed");
        var balancer = await BalancerProcess.StartAsync(folder, [killed.Url]);
        await using var _ = balancer;
        await balancer.WaitForWorkersAsync(1);
        var first = await balancer.SubmitAsync(Key("k"), "sleep", """{"ms":60000}""");
        var second = await balancer.SubmitAsync(Key("k"), "hello", """{"name":"a"}""");
        await killed.WaitForLogAsync("started");

        killed.Process.Signal("KILL");
        await killed.Process.WaitForExitAsync();
        await using var other = await HelloWorkerProcess.StartAsync(folder, "other");
        await File.WriteAllTextAsync(
            folder.Combine("workers.json"), JsonSerializer.Serialize(new[] { other.Url }), CancellationToken.None);
        await other.WaitForLogAsync(first);
        var waiting = await balancer.LookAsync(second);
        (await balancer.DeleteAsync($"/task/{first}")).Status.ShouldBe(200);

        await balancer.EndOfAsync(second, "succeeded");
        waiting.Text("state").ShouldBe("queued");
        waiting.GetProperty("attempts").GetArrayLength().ShouldBe(0);
        killed.ReadLog().ShouldAllBe(line => line.Text("taskId") == first);
    }

    [Fact]
    public async Task OrderingKey_BalancerKilled_LineStandsInItsOrderAfterwards()
    {
        using var folder = new TemporaryFolder();
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "tasks", ("SLOTS", "8"));
        var before = await BalancerProcess.StartAsync(folder, [worker.Url]);
        await using var _ = before;
        await before.WaitForWorkersAsync(1);
        var ids = (await before.SubmitManyAsync(Enumerable.Range(0, 20).Select(i => Keyed($"k{i % 2}", 100))))
            .Select(static line => line.Text("taskId")!).ToList();
        await worker.WaitForLogAsync(ids[4]);

        await before.KillAsync();
        await using var after = await BalancerProcess.StartAsync(folder, [worker.Url]);
        foreach (var id in ids)
            await after.EndOfAsync(id, "succeeded");

        // What ran in the moment of the kill runs again; the last runs of all stand in their order.
        var runs = Runs(worker);
        for (var key = 0; key < 2; key++)
            ShouldFollow(runs, [.. ids.Where((_, i) => i % 2 == key)]);
    }

    [Theory]
    [InlineData("\"\"", "\"\"")]
    [InlineData("null", "null")]
    [InlineData("17", "17")]
    public async Task OrderingKey_NoKey_IsRefusedAtBothDoors(string value, string found)
    {
        await using var scene = await TaskScene.StartAsync();
        var sentence = $"Member 'orderingKey' must be a string of 1 to 256 characters, but is {found}.";

        var one = await scene.Balancer.PostAsync(Body($"\"orderingKey\":{value}"));
        var many = await scene.Balancer.SubmitManyAsync([Body($"\"orderingKey\":{value}")]);

        (one.Status, one["code"], one["error"]).ShouldBe((400, "member_invalid", sentence));
        (many[0].GetProperty("status").GetInt32(), many[0].Text("error")).ShouldBe((400, sentence));
        scene.Worker.Calls.ShouldBeEmpty();
    }

    private static string Key(string key) => $"\"orderingKey\":\"{key}\"";

    private static string Keyed(string key, int milliseconds = 20) =>
        Body(Key(key), "sleep", $$"""{"ms":{{milliseconds}}}""");

    /// <summary>The last run of each task, by the workers' own clocks, which are one.</summary>
    private static Dictionary<string, (DateTimeOffset Started, DateTimeOffset Ended)> Runs(
        params HelloWorkerProcess[] workers)
    {
        var runs = new Dictionary<string, (DateTimeOffset Started, DateTimeOffset Ended)>();
        foreach (var line in workers.SelectMany(static worker => worker.ReadLog()).OrderBy(static line => Time(line)))
        {
            var id = line.Text("taskId")!;
            if (line.Text("event") == "started")
                runs[id] = (Time(line), DateTimeOffset.MaxValue);
            else
                runs[id] = (runs[id].Started, Time(line));
        }

        return runs;

        static DateTimeOffset Time(JsonElement line) => line.Time("time");
    }

    private static void ShouldFollow(
        Dictionary<string, (DateTimeOffset Started, DateTimeOffset Ended)> runs, List<string> line)
    {
        for (var i = 1; i < line.Count; i++)
            runs[line[i]].Started.ShouldBeGreaterThanOrEqualTo(runs[line[i - 1]].Ended);
    }
}
