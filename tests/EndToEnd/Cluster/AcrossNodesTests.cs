using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.Tasks;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Cluster;

/// <summary>A task that entered at one node and runs by another: its caller does not see the difference.</summary>
public sealed class AcrossNodesTests
{
    private const string Stream = "\"mode\":\"stream\"";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Sync_RunByAnotherNode_ReturnsTheWorkersBytesAtItsOwn()
    {
        const string Result = """{ "success":true, "result": {"n":[1, "é"]}}""";
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.Answer = FakeAnswers.Json(Result);
        var (api, _) = await cluster.StartPairAsync();
        var body = TaskCalls.Body("\"extra\": [1,  2]", input: ClusterCalls.Named("one"));

        var answer = await api.PostAsync(body);

        (answer.Status, answer.Text).ShouldBe((200, Result));
        var call = worker.Calls.ShouldHaveSingleItem();
        call.BodyText.ShouldBe(body);
        call.Header("authorization").ShouldBe(BalancerProcess.WorkerKey);
        call.Node().ShouldBe("m1");
        answer.Header("x-task-id").ShouldBe(call.Header("x-task-id"));
    }

    [Fact]
    public async Task Sync_Refused_ReturnsTheWorkersStatusAndSentence()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.Answer = FakeAnswers.BadRequest;
        var (api, _) = await cluster.StartPairAsync();

        var answer = await api.PostAsync(TaskCalls.Body());

        answer.Status.ShouldBe(400);
        answer["error"].ShouldBe("Parameter 'name' is missing");
    }

    [Fact]
    public async Task Sync_ManyAtOnceFromTwoNodes_EachGetsItsOwn()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync(slots: 20);
        worker.Answer = call => call.RespondAsync(200, $$"""{"success":true,"result":"{{call.Name()}}"}""");
        var (one, _) = await cluster.StartPairAsync();
        var two = await cluster.StartNodeAsync("both", ClusterProcesses.Both);
        await cluster.WaitForWorkersAsync(two);

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i => (
            i, Answer: await (i % 2 == 0 ? one : two).PostAsync(TaskCalls.Body(input: ClusterCalls.Named($"t{i}"))))));

        answers.ShouldAllBe(static pair => pair.Answer.Status == 200);
        answers.ShouldAllBe(static pair => pair.Answer["result"] == $"t{pair.i}");
        worker.Calls.Count.ShouldBe(200);
    }

    [Fact]
    public async Task Stream_RunByAnotherNode_IsTheSameByteForByte()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        await cluster.AddHelloAsync();
        var (api, _) = await cluster.StartPairAsync();

        using var answer = await api.OpenAsync(
            HttpMethod.Post, "/task", TaskCalls.Body(Stream, "stream", """{"chunks":300,"bytes":5000}"""));
        var bytes = await answer.Content.ReadAsByteArrayAsync();

        ((int)answer.StatusCode).ShouldBe(200);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/plain; charset=utf-8");
        bytes.ShouldBe(
            [.. Enumerable.Range(0, 300).SelectMany(static i => Enumerable.Repeat((byte)('a' + (i % 26)), 5000))]);
    }

    [Fact]
    public async Task Stream_SlowClient_SlowsTheWorker()
    {
        const int Chunk = 64 * 1024;
        const long WindowMax = 64L * 1024 * 1024;
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        var sent = 0L;
        worker.Answer = async call =>
        {
            await call.BeginChunksAsync(200, "text/plain");
            while (!call.Aborted.IsCancellationRequested)
            {
                await call.SendChunkAsync(new string('x', Chunk));
                Interlocked.Add(ref sent, Chunk);
            }
        };
        var (api, _) = await cluster.StartPairAsync();

        using var answer = await api.OpenAsync(HttpMethod.Post, "/task", TaskCalls.Body(Stream));
        await using var body = await answer.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[1]);
        var (last, since) = (0L, 0);
        await Eventually.IsTrueAsync(
            () =>
            {
                var now = Interlocked.Read(ref sent);
                since = now == last ? since + 1 : 0;
                last = now;
                return since == 20;
            },
            "the worker to be held up", () => $"{last} bytes");
        last.ShouldBeLessThan(WindowMax);
        await body.ReadExactlyAsync(new byte[last]);

        await Eventually.IsTrueAsync(() => Interlocked.Read(ref sent) > last, "the worker to go on");
    }

    [Fact]
    public async Task Stream_WorkerDiesInTheMiddle_BreaksVisibly()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddHelloAsync();
        var (api, _) = await cluster.StartPairAsync();
        using var answer = await api.OpenAsync(
            HttpMethod.Post, "/task", TaskCalls.Body(Stream, "stream", """{"chunks":100000,"bytes":10,"delay":5}"""));
        await using var body = await answer.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[20]);

        worker.Process.Signal("KILL");

        await Should.ThrowAsync<IOException>(body.CopyToAsync(System.IO.Stream.Null).WaitAsync(Patience));
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("STOP")]
    public async Task Stream_RunningNodeIsLost_BreaksVisibly(string signal)
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        await cluster.AddHelloAsync();
        var (api, m1) = await cluster.StartPairAsync();
        using var answer = await api.OpenAsync(
            HttpMethod.Post, "/task", TaskCalls.Body(Stream, "stream", """{"chunks":100000,"bytes":10,"delay":5}"""));
        await using var body = await answer.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[20]);

        m1.Process.Signal(signal);

        await Should.ThrowAsync<IOException>(body.CopyToAsync(System.IO.Stream.Null).WaitAsync(Patience));
    }

    [Fact]
    public async Task Stream_ClientLeaves_TheCallAtTheWorkerIsCancelled()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddHelloAsync();
        var (api, _) = await cluster.StartPairAsync();
        var answer = await api.OpenAsync(
            HttpMethod.Post, "/task", TaskCalls.Body(Stream, "stream", """{"chunks":1000000,"bytes":10,"delay":5}"""));
        await (await answer.Content.ReadAsStreamAsync()).ReadExactlyAsync(new byte[20]);

        answer.Dispose();

        await worker.WaitForLogAsync("caller left");
        (await api.PostAsync(TaskCalls.Body(input: ClusterCalls.Named("a")))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Events_OfATaskOfAnotherNode_ComeAsTheyHappen()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.Answer = FakeAnswers.Held;
        var (api, _) = await cluster.StartPairAsync();
        var other = await cluster.StartNodeAsync("api2", ClusterProcesses.ApiOnly);
        var id = await api.SubmitNamedAsync("one");
        using var events = await EventReader.OpenAsync(other, id);
        (await events.ReadAsync())!.Kind.ShouldBe("queued");
        (await events.ReadAsync())!.Kind.ShouldBe("started");

        var call = await worker.WaitForCallAsync();
        var told = await other.CallAsync(
            HttpMethod.Post, $"/task/{id}/progress", "{\"done\":1}",
            ("x-fencing-token", call.Header("x-fencing-token")!));
        var progress = await events.ReadAsync();
        call.Release();
        var end = await events.ReadAsync();

        told.Status.ShouldBe(204, told.Text);
        (progress!.Kind, progress.Data.GetRawText()).ShouldBe(("progress", "{\"done\":1}"));
        end!.Kind.ShouldBe("completed");
        (await events.ReadAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Cancel_AtAnotherNode_EndsTheRunningCallAndTellsTheSender()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.Answer = FakeAnswers.Held;
        var (api, _) = await cluster.StartPairAsync();
        var other = await cluster.StartNodeAsync("api2", ClusterProcesses.ApiOnly);
        var sync = api.PostAsync(TaskCalls.Body(input: ClusterCalls.Named("one")));
        var call = await worker.WaitForCallAsync();

        var cancelled = await other.DeleteAsync($"/task/{call.Header("x-task-id")}");

        (cancelled.Status, cancelled["outcome"]).ShouldBe((200, "cancelled"));
        await call.ClientGone.WaitAsync(Patience);
        (await sync).Status.ShouldBe(409);
    }

    [Fact]
    public async Task Orders_AtAnotherNode_PauseRetryAndListTheSameTasks()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        var (api, _) = await cluster.StartPairAsync();
        var other = await cluster.StartNodeAsync("api2", ClusterProcesses.ApiOnly);
        await cluster.WaitForWorkersAsync(other);

        await other.PauseAsync();
        var id = await api.SubmitNamedAsync("one");
        (await other.DeleteAsync($"/task/{id}")).Status.ShouldBe(200);
        (await api.OrderAsync($"/task/{id}/retry")).Status.ShouldBe(202);
        worker.Calls.ShouldBeEmpty();
        await api.ResumeAsync();
        await other.EndOfAsync(id, "succeeded");

        worker.Names().ShouldBe(["one"]);
        (await other.ListAsync("state=succeeded")).ShouldBe([id]);
        (await api.ListAsync("limit=1")).ShouldBe([id]);
    }

    [Fact]
    public async Task SyncWithKey_AtTwoNodes_RunsOnceAndBothGetTheAnswer()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync();
        worker.Answer = FakeAnswers.Held;
        var (api, _) = await cluster.StartPairAsync();
        var other = await cluster.StartNodeAsync("api2", ClusterProcesses.ApiOnly);
        await cluster.WaitForWorkersAsync(other);
        var key = ("Idempotency-Key", "k-1");
        var body = TaskCalls.Body(input: ClusterCalls.Named("one"));

        var posts = new[] { api.PostAsync(body, key), other.PostAsync(body, key), other.PostAsync(body, key) };
        var call = await worker.WaitForCallAsync();
        call.Release(FakeAnswers.Json("""{"success":true,"result":7}"""));
        var answers = await Task.WhenAll(posts);

        answers.ShouldAllBe(static answer => answer.Status == 200);
        answers.Select(static answer => answer.Text).Distinct().ShouldBe(["""{"success":true,"result":7}"""]);
        worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Many_AtOneNode_AreListedAndRunByAll()
    {
        await using var cluster = await ClusterProcesses.StartAsync();
        var worker = await cluster.AddFakeAsync(slots: 20);
        var (api, _) = await cluster.StartPairAsync();

        var lines = await api.SubmitManyAsync(Enumerable.Range(0, 500).Select(
            i => TaskCalls.Body("\"priority\":1", input: ClusterCalls.Named($"{i}"))));
        var ids = lines.Select(static line => line.Text("taskId")!).ToList();
        await api.AllSucceedAsync(ids);

        worker.Calls.Count.ShouldBe(500);
        (await api.ListAsync("limit=100")).Order().ShouldBe(ids.Order());
    }
}
