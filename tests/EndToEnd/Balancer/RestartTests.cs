using ActorBalancer.Testing.Workers;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Balancer;

/// <summary>What was queued when the balancer ended is there again when it starts.</summary>
public sealed class RestartTests
{
    private const int Tasks = 500;
    private const int Slots = 4;

    [Fact]
    public async Task Kill_FiveHundredTasksQueued_AllRunAfterTheRestartWithTheirWorkerKeys()
    {
        using var folder = new TemporaryFolder();
        await using var worker = await FakeWorker.StartAsync(
            new() { Slots = Slots, AuthKey = BalancerProcess.WorkerKey, LbAuthKey = BalancerProcess.Key });
        worker.Answer = FakeAnswers.Held;
        var first = await BalancerProcess.StartAsync(folder, [worker.Url]);
        await first.WaitForWorkersAsync(1);
        var posts = Enumerable.Range(0, Tasks).Select(i => first.PostTaskAsync($$"""{"name":"{{i}}"}""")).ToArray();
        var held = await worker.WaitForCallsAsync(Slots);
        await WaitForRowsAsync(folder.Combine("data/actorbalancer.db"), Tasks);

        first.Process.Signal("KILL");
        await first.Process.WaitForExitAsync();
        foreach (var post in posts)
            await Should.ThrowAsync<HttpRequestException>(post);
        foreach (var call in held)
            await call.ClientGone;
        worker.Answer = FakeAnswers.Ok;
        await first.DisposeAsync();
        await using var second = await BalancerProcess.StartAsync(folder, [worker.Url]);
        var calls = await worker.WaitForCallsAsync(Tasks);

        Names(calls).Order().ShouldBe(Enumerable.Range(0, Tasks));
        calls.ShouldAllBe(call => call.Header("authorization") == BalancerProcess.WorkerKey);
        second.Process.Output.ShouldContain($"{Tasks} tasks of hello/1 are back from an earlier run");
        await WaitForRowsAsync(folder.Combine("data/actorbalancer.db"), 0);
        worker.Calls.Count.ShouldBe(Tasks + Slots);
    }

    private static IEnumerable<int> Names(IEnumerable<FakeWorkerCall> calls) => calls.Select(
        call => int.Parse(call.Json().GetProperty("input").GetProperty("name").GetString()!));

    private static Task WaitForRowsAsync(string path, int rows)
    {
        var found = -1L;
        return FileWatch.UntilAsync(
            path,
            () => Task.FromResult((found = CountRows(path)) == rows),
            () => $"Waited for {rows} rows in {path}; there are {found}.");
    }

    private static long CountRows(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM tasks";
        return (long)command.ExecuteScalar()!;
    }
}
