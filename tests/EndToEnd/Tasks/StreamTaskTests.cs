using System.Globalization;
using System.Text;
using System.Threading.Channels;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.EndToEnd.HelloWorker;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;
using static ActorBalancer.EndToEnd.Tasks.TaskCalls;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>Mode stream: the worker's bytes reach the client as they come, at the client's pace.</summary>
public sealed class StreamTaskTests
{
    private const string Stream = "\"mode\":\"stream\"";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Post_ModeStream_ChunksStatusAndTypePassAsTheyCome()
    {
        await using var scene = await TaskScene.StartAsync();
        var chunks = Channel.CreateUnbounded<string>();
        scene.Worker.Answer = async call =>
        {
            await call.BeginChunksAsync(203, "text/event-stream; charset=utf-8");
            await foreach (var chunk in chunks.Reader.ReadAllAsync(call.Aborted))
                await call.SendChunkAsync(chunk);
            await call.SendChunkAsync("");
        };

        chunks.Writer.TryWrite("one ");
        using var answer = await scene.Balancer.OpenAsync(HttpMethod.Post, "/task", Body(Stream));
        await using var body = await answer.Content.ReadAsStreamAsync();
        var first = await ReadTextAsync(body, 4);
        chunks.Writer.TryWrite("zwei é ");
        var second = await ReadTextAsync(body, 8);
        chunks.Writer.TryWrite("3");
        chunks.Writer.Complete();
        using var rest = new StreamReader(body);

        ((int)answer.StatusCode).ShouldBe(203);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream; charset=utf-8");
        answer.Headers.GetValues("x-task-id").ShouldBe([scene.Worker.Calls[0].Header("x-task-id")]);
        (first, second, await rest.ReadToEndAsync()).ShouldBe(("one ", "zwei é ", "3"));
    }

    [Fact]
    public async Task Slot_WhileItStreams_IsHeldToTheEnd()
    {
        await using var scene = await TaskScene.StartAsync(slots: 1);
        var isEnded = new TaskCompletionSource();
        scene.Worker.AnswerNext(async call =>
        {
            await call.BeginChunksAsync(200, "text/plain");
            await call.SendChunkAsync("a");
            await isEnded.Task;
            await call.SendChunkAsync("");
        });
        using var answer = await scene.Balancer.OpenAsync(HttpMethod.Post, "/task", Body(Stream));
        await using var body = await answer.Content.ReadAsStreamAsync();
        await ReadTextAsync(body, 1);

        var next = scene.Balancer.PostAsync(Body());
        var queued = await scene.Balancer.SubmitAsync();
        var counts = (await scene.Balancer.QueueAsync()).GetProperty("counts");
        isEnded.SetResult();

        counts.GetProperty("running").GetInt32().ShouldBe(1);
        (await next).Status.ShouldBe(200);
        await scene.Balancer.EndOfAsync(queued, "succeeded");
        scene.Worker.RunningMax.ShouldBe(1);
    }

    [Fact]
    public async Task Client_Leaves_TheWorkersCallIsCancelledAndTheSlotFree()
    {
        using var folder = new TemporaryFolder();
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "tasks", ("SLOTS", "1"));
        await using var balancer = await BalancerProcess.StartAsync(folder, [worker.Url]);
        await balancer.WaitForWorkersAsync(1);

        var answer = await balancer.OpenAsync(
            HttpMethod.Post, "/task", Body(Stream, "stream", """{"chunks":1000000,"bytes":10,"delay":5}"""));
        await ReadTextAsync(await answer.Content.ReadAsStreamAsync(), 20);
        answer.Dispose();

        await worker.WaitForLogAsync("caller left");
        (await balancer.PostAsync(Body(function: "hello", input: """{"name":"a"}"""))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Delete_WhileItStreams_BreaksBothConnections()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = Endless("x");
        using var answer = await scene.Balancer.OpenAsync(HttpMethod.Post, "/task", Body(Stream));
        await using var body = await answer.Content.ReadAsStreamAsync();
        await ReadTextAsync(body, 1);
        var call = await scene.Worker.WaitForCallAsync();

        (await scene.Balancer.DeleteAsync($"/task/{call.Header("x-task-id")}")).Status.ShouldBe(200);

        await Should.ThrowAsync<IOException>(body.CopyToAsync(System.IO.Stream.Null));

        // The answer has no end of its own.
        await call.Ended.WaitAsync(Patience);
    }

    [Fact]
    public async Task Worker_DiesBeforeTheFirstByte_AnotherOneStreams()
    {
        using var folder = new TemporaryFolder();
        var options = new FakeWorkerOptions { AuthKey = BalancerProcess.WorkerKey, LbAuthKey = BalancerProcess.Key };
        await using var one = await FakeWorker.StartAsync(options);
        await using var two = await FakeWorker.StartAsync(options);
        var calls = 0;
        one.Answer = two.Answer = async call =>
        {
            if (Interlocked.Increment(ref calls) > 1)
            {
                await FakeAnswers.Chunks("text/plain", "who", "le")(call);
                return;
            }

            await call.BeginChunksAsync(200, "text/plain");
            call.Reset();
        };
        await using var balancer = await BalancerProcess.StartAsync(folder, [one.Url, two.Url]);
        await balancer.WaitForWorkersAsync(2);

        var answer = await balancer.PostAsync(Body(Stream));

        (answer.Status, answer.Text).ShouldBe((200, "whole"));
        (one.Calls.Count, two.Calls.Count).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Worker_DiesAfterTheFirstByte_TheClientSeesItBreak()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.CloseInChunks;

        using var answer = await scene.Balancer.OpenAsync(HttpMethod.Post, "/task", Body(Stream));
        await using var body = await answer.Content.ReadAsStreamAsync();

        await Should.ThrowAsync<IOException>(body.CopyToAsync(System.IO.Stream.Null));
        var id = answer.Headers.GetValues("x-task-id").Single();
        await scene.Balancer.EndOfAsync(id, "dead");
        scene.Worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Worker_Refuses_TheClientGetsItsError()
    {
        await using var scene = await TaskScene.StartAsync();
        scene.Worker.Answer = FakeAnswers.BadRequest;

        var answer = await scene.Balancer.PostAsync(Body(Stream));

        (answer.Status, answer["error"]).ShouldBe((400, "Parameter 'name' is missing"));
    }

    [Fact]
    public async Task Client_ReadsNothing_TheWorkerIsHeldBack()
    {
        const int Chunk = 1 << 20;
        const int Chunks = 256;
        await using var scene = await TaskScene.StartAsync();
        var sent = 0;
        var isStuck = new TaskCompletionSource();
        scene.Worker.Answer = async call =>
        {
            var text = new string('x', Chunk);
            await call.BeginChunksAsync(200, "text/plain");
            for (; sent < Chunks; sent++)
            {
                // On loopback a write that takes so long is one that nobody makes room for.
                var write = call.SendChunkAsync(text);
                if (await Task.WhenAny(write, Task.Delay(TimeSpan.FromSeconds(1))) != write)
                    isStuck.TrySetResult();
                await write;
            }

            isStuck.TrySetResult();
            await call.SendChunkAsync("");
        };

        using var answer = await scene.Balancer.OpenAsync(HttpMethod.Post, "/task", Body(Stream));
        await isStuck.Task.WaitAsync(Patience);
        var ahead = sent;
        var read = await CountAsync(answer);

        // What the kernel's buffers of two connections hold, and a little in the balancer.
        ahead.ShouldBeLessThan(32);
        read.ShouldBe((long)Chunk * Chunks);
    }

    [Fact]
    public async Task Gigabyte_Through_GrowsTheBalancerByLessThan50Megabytes()
    {
        const int Chunk = 1 << 20;
        using var folder = new TemporaryFolder();
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "tasks", ("DEFAULT_TIMEOUT", "600000"));
        await using var balancer = await BalancerProcess.StartAsync(folder, [worker.Url]);
        await balancer.WaitForWorkersAsync(1);
        (await StreamAsync(balancer, 16, Chunk)).ShouldBe(16L * Chunk);
        var before = ReadMemory(balancer.Process.Id, "VmRSS");

        var read = await StreamAsync(balancer, 1024, Chunk);

        read.ShouldBe(1024L * Chunk);
        (ReadMemory(balancer.Process.Id, "VmHWM") - before).ShouldBeLessThan(50L << 20);
    }

    private static async Task<long> StreamAsync(BalancerProcess balancer, int chunks, int bytes)
    {
        using var answer = await balancer.OpenAsync(
            HttpMethod.Post, "/task", Body(Stream, "stream", $$"""{"chunks":{{chunks}},"bytes":{{bytes}}}"""));
        return await CountAsync(answer);
    }

    private static async Task<long> CountAsync(HttpResponseMessage answer)
    {
        await using var body = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[256 * 1024];
        var total = 0L;
        while (await body.ReadAsync(buffer).AsTask().WaitAsync(Patience) is > 0 and var read)
            total += read;
        return total;
    }

    private static async Task<string> ReadTextAsync(Stream body, int bytes)
    {
        var buffer = new byte[bytes];
        await body.ReadExactlyAsync(buffer).AsTask().WaitAsync(Patience);
        return Encoding.UTF8.GetString(buffer);
    }

    private static FakeAnswer Endless(string chunk) => async call =>
    {
        await call.BeginChunksAsync(200, "text/plain");
        while (true)
            await call.SendChunkAsync(chunk);
    };

    // A line such as "VmHWM:     81234 kB".
    private static long ReadMemory(int processId, string name)
    {
        var line = File.ReadLines($"/proc/{processId}/status")
            .Single(each => each.StartsWith(name, StringComparison.Ordinal));
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(words[1], CultureInfo.InvariantCulture) * 1024;
    }
}
