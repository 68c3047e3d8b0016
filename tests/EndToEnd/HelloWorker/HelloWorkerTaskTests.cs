using System.Net.Sockets;
using System.Text;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.HelloWorker;

public sealed class HelloWorkerTaskTests
{
    private const string Unauthorized = """{"error":"Unauthorized"}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Andera")]
    [InlineData("Ünï <b> 'q' 你好")]
    public async Task Hello_Name_IsGreeted(string name)
    {
        await using var worker = await HelloWorkerClient.StartAsync();

        var answer = await worker.RunAsync("hello", $$"""{"name":"{{name}}"}""");

        answer.ShouldBe((200, $$$"""{"success":true,"result":{"message":"Hello {{{name}}}!"}}"""));
    }

    [Theory]
    [InlineData("worker-key", 200)]
    [InlineData("Bearer worker-key", 200)]
    [InlineData("worker-keY", 401)]
    [InlineData("worker-key2", 401)]
    [InlineData("balancer-key", 401)]
    [InlineData("Bearer ", 401)]
    [InlineData(null, 401)]
    public async Task Task_Key_DecidesWhoMayRun(string? key, int status)
    {
        await using var worker = await HelloWorkerClient.StartAsync();

        var answer = await worker.PostAsync("/task", """{"function":"hello","input":{"name":"a"}}""", key);

        answer.Status.ShouldBe(status);
        if (status == 401)
            answer.Body.ShouldBe(Unauthorized);
    }

    [Theory]
    [InlineData("{", 400, "The body is not valid JSON")]
    [InlineData("[]", 400, "The body must be a JSON object")]
    [InlineData("{}", 400, "Member 'function' must be a string")]
    [InlineData("""{"function":7}""", 400, "Member 'function' must be a string")]
    [InlineData("""{"function":"nope"}""", 404, "The function is unknown")]
    [InlineData("""{"function":"hello","group":"x"}""", 400,
        "Member 'group' must be 'hello', the group of this worker")]
    [InlineData("""{"function":"hello","contract":2}""", 400,
        "Member 'contract' must be 1, the contract of this worker")]
    [InlineData("""{"function":"hello","priority":0}""", 400,
        "Member 'priority' must be a whole number from 1 to 2097152")]
    [InlineData("""{"function":"hello","input":"x"}""", 400, "Member 'input' must be an object")]
    [InlineData("""{"function":"hello"}""", 400, "Parameter 'name' is missing")]
    [InlineData("""{"function":"hello","input":{"name":7}}""", 400,
        "Parameter 'name' is of type number, but must be string")]
    [InlineData("""{"function":"hello","input":{"name":"a","nam":"b"}}""", 400,
        "Parameter 'nam' is unknown; known are 'name', 'id'")]
    [InlineData("""{"function":"sleep","input":{"ms":-1}}""", 400, "Parameter 'ms' is below its least value 0")]
    [InlineData("""{"function":"sleep","input":{"ms":1e999}}""", 400,
        "Parameter 'ms' is above its greatest value 86400000")]
    [InlineData("""{"function":"hello","input":{"name":"\ud800"}}""", 400, "The body holds text that is not Unicode")]
    [InlineData("""{"function":"\ud800"}""", 400, "The body holds text that is not Unicode")]
    public async Task Task_WithAFault_IsRefusedWithItsName(string body, int status, string error)
    {
        await using var worker = await HelloWorkerClient.StartAsync();

        var answer = await worker.PostAsync("/task", body, HelloWorkerClient.AuthKey);

        answer.ShouldBe((status, $$"""{"error":"{{error}}"}"""));
    }

    [Fact]
    public async Task Sleep_Short_SaysHowLong()
    {
        await using var worker = await HelloWorkerClient.StartAsync();

        var answer = await worker.RunAsync("sleep", """{"ms":5}""");

        answer.ShouldBe((200, """{"success":true,"result":{"slept":5}}"""));
    }

    [Fact]
    public async Task Sleep_LongerThanTheTimeout_Fails()
    {
        await using var worker = await HelloWorkerClient.StartAsync(
            HelloWorkerClient.Options with { FunctionTimeout = TimeSpan.FromMilliseconds(20) });

        var answer = await worker.RunAsync("sleep", """{"ms":600000}""");

        answer.ShouldBe((500, """{"success":false,"error":"Function 'sleep' ran longer than 20 ms"}"""));
        (await worker.HealthAsync()).Slots!.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Fail_Twice_ThenSucceeds()
    {
        await using var worker = await HelloWorkerClient.StartAsync();

        var answers = new List<(int, string)>();
        for (var i = 0; i < 3; i++)
            answers.Add(await worker.RunAsync("fail", """{"times":2,"id":"a"}"""));

        answers.ShouldBe(
        [
            (500, """{"success":false,"error":"Call 1 fails as ordered (times is 2)"}"""),
            (500, """{"success":false,"error":"Call 2 fails as ordered (times is 2)"}"""),
            (200, """{"success":true,"result":{"calls":3}}"""),
        ]);
    }

    [Fact]
    public async Task Fail_OtherIds_AreCountedApart()
    {
        await using var worker = await HelloWorkerClient.StartAsync();

        var first = await worker.RunAsync("fail", """{"times":1}""", taskId: "t1");
        var other = await worker.RunAsync("fail", """{"times":1}""", taskId: "t2");
        var again = await worker.RunAsync("fail", """{"times":1}""", taskId: "t1");
        var named = await worker.RunAsync("fail", """{"times":1,"id":"t1"}""", taskId: "t3");

        new[] { first.Status, other.Status, again.Status, named.Status }.ShouldBe([500, 500, 200, 200]);
        named.Body.ShouldBe("""{"success":true,"result":{"calls":3}}""");
    }

    [Fact]
    public async Task Stream_Chunks_AreOneAfterTheOther()
    {
        await using var worker = await HelloWorkerClient.StartAsync();

        var answer = await worker.RunAsync("stream", """{"chunks":3,"bytes":2,"delay":1}""");

        answer.ShouldBe((200, "aabbcc"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Stream_FailAfter_BreaksTheConnectionAndFreesTheSlot(int failAfter)
    {
        await using var worker = await HelloWorkerClient.StartAsync();

        var broken = worker.RunAsync("stream", $$"""{"chunks":3,"bytes":2,"failAfter":{{failAfter}}}""");

        await Should.ThrowAsync<HttpRequestException>(broken);
        (await worker.RunAsync("stream", """{"chunks":1,"bytes":1}""")).ShouldBe((200, "a"));
        (await worker.HealthAsync()).Slots!.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Off_RefusesTasks_UntilOn()
    {
        await using var worker = await HelloWorkerClient.StartAsync();

        var wrongKey = await worker.PostAsync("/off", "", HelloWorkerClient.LbAuthKey);
        var whileWrong = await worker.RunAsync("hello", """{"name":"a"}""");
        await worker.PostAsync("/off", "", HelloWorkerClient.AuthKey);
        var off = await worker.RunAsync("hello", """{"name":"a"}""");
        var health = await worker.HealthAsync();
        await worker.PostAsync("/on", "", HelloWorkerClient.AuthKey);
        var on = await worker.RunAsync("hello", """{"name":"a"}""");

        wrongKey.ShouldBe((401, Unauthorized));
        whileWrong.Status.ShouldBe(200);
        off.ShouldBe((503, """{"error":"Worker is in maintenance"}"""));
        health.Status.ShouldBe("maintenance");
        on.Status.ShouldBe(200);
    }

    [Fact]
    public async Task Task_CallerLeavesWhileItWaits_NeverRuns()
    {
        var options = HelloWorkerClient.Options with { Slots = 1 };
        await using var worker = await HelloWorkerClient.StartAsync(options);
        using var socket = await worker.ConnectAsync();
        using var giveUp = new CancellationTokenSource();
        var running = worker.RunAsync("sleep", """{"ms":600000}""");
        await HelloWorkerClient.ReceiveAsync(socket, frame => frame.Slots!.Used == 1);

        var waiting = worker.RunUntilAsync("""{"function":"fail","input":{"times":0}}""", giveUp.Token);
        await HelloWorkerClient.ReceiveAsync(socket, frame => frame.Slots!.Queue == 1);
        await giveUp.CancelAsync();
        var left = await HelloWorkerClient.ReceiveAsync(socket, frame => frame.Slots!.Queue == 0);

        left.Slots!.Used.ShouldBe(1);
        await Should.ThrowAsync<OperationCanceledException>(waiting);
        await worker.Host.DisposeAsync();
        await Should.ThrowAsync<HttpRequestException>(running);
    }

    [Fact]
    public async Task Task_TwoKeyHeaders_AreRefused()
    {
        await using var worker = await HelloWorkerClient.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", new Uri(worker.Host.Url).Port, Cancel);

        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            "POST /task HTTP/1.1\r\nHost: a\r\nAuthorization: worker-key\r\nAuthorization: worker-key\r\n"
            + "Connection: close\r\nContent-Length: 2\r\n\r\n{}"), Cancel);
        using var reader = new StreamReader(client.GetStream());

        (await reader.ReadLineAsync(Cancel)).ShouldBe("HTTP/1.1 401 Unauthorized");
    }
}
