using System.Net.WebSockets;
using System.Text.Json;
using ActorBalancer.Protocol;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.HelloWorker;

public sealed class HelloWorkerStatusTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/health", null)]
    [InlineData("/health", "worker-key")]
    [InlineData("/logs", null)]
    [InlineData("/logs", "worker-key")]
    public async Task Get_WrongKey_IsRefused(string path, string? key)
    {
        await using var worker = await HelloWorkerClient.StartAsync();

        (await worker.GetAsync(path, key)).ShouldBe((401, """{"error":"Unauthorized"}"""));
    }

    [Fact]
    public async Task Health_RightKey_TellsAll()
    {
        await using var worker = await HelloWorkerClient.StartAsync(
            HelloWorkerClient.Options with { Group = "greeters", Contract = 3, Slots = 4 });

        var health = await worker.HealthAsync();

        health.WebsocketPort.ShouldBe(worker.Host.WebSocketPort);
        health.Group.ShouldBe("greeters");
        health.Contract.ShouldBe(3);
        health.Status.ShouldBe("ready");
        health.Slots.ShouldBe(new WorkerSlots(0, 4, 4, 0));
        health.System!.UsedMemoryPercent.ShouldBeInRange(0.1, 100);
        health.System.CpuLoad.ShouldBeInRange(0, 1);
        health.Services.ShouldBeEmpty();
        health.Functions!.Select(function => function.Name).ShouldBe(["hello", "sleep", "fail", "stream"]);
        health.Functions![0].Params!.Value.GetRawText().ShouldBe(
            """{"name":{"type":"string","required":true},"id":{"type":"string","required":false}}""");
    }

    [Fact]
    public async Task Logs_RightKey_NameTheFunctionButNotTheInput()
    {
        await using var worker = await HelloWorkerClient.StartAsync(HelloWorkerClient.Options with { LogLinesMax = 2 });
        for (var i = 0; i < 3; i++)
            await worker.RunAsync("hello", """{"name":"secret"}""");

        var (status, body) = await worker.GetAsync("/logs", HelloWorkerClient.LbAuthKey);

        status.ShouldBe(200);
        var lines = JsonElement.Parse(body).GetProperty("logs").EnumerateArray().Select(line => line.GetString()!);
        lines.Count().ShouldBe(2);
        lines.ShouldAllBe(line => line.EndsWith("Z] [INFO] Function 'hello': done", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Socket_Ping_IsAnsweredByTheStatus()
    {
        await using var worker = await HelloWorkerClient.StartAsync();
        using var socket = await worker.ConnectAsync();

        await socket.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, true, Cancel);
        var frame = await HelloWorkerClient.ReceiveAsync(socket);

        frame!.Status.ShouldBe("ready");
        frame.Slots.ShouldBe(new WorkerSlots(0, 10, 10, 0));
        frame.System.ShouldNotBeNull();
        frame.Services.ShouldBeEmpty();
    }

    [Fact]
    public async Task Socket_NoPing_SendsOfItself()
    {
        await using var worker = await HelloWorkerClient.StartAsync();
        using var socket = await worker.ConnectAsync();

        (await HelloWorkerClient.ReceiveAsync(socket)).ShouldNotBeNull();
        (await HelloWorkerClient.ReceiveAsync(socket)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Socket_SlotsAndStatusChange_AreTold()
    {
        await using var worker = await HelloWorkerClient.StartAsync();
        using var socket = await worker.ConnectAsync();

        var running = worker.RunAsync("sleep", """{"ms":600000}""");
        var busy = await HelloWorkerClient.ReceiveAsync(socket, frame => frame.Slots!.Used == 1);
        await worker.PostAsync("/off", "", HelloWorkerClient.AuthKey);
        var off = await HelloWorkerClient.ReceiveAsync(socket, frame => frame.Status == "maintenance");

        busy.Slots.ShouldBe(new WorkerSlots(1, 9, 10, 0));
        off.Slots!.Used.ShouldBe(1);
        running.IsCompleted.ShouldBeFalse();
        await worker.Host.DisposeAsync();
        await Should.ThrowAsync<HttpRequestException>(running);
    }

    [Theory]
    [InlineData("worker-key")]
    [InlineData(null)]
    public async Task Socket_WrongKey_ClosesWith4001(string? key)
    {
        await using var worker = await HelloWorkerClient.StartAsync();
        using var socket = await worker.ConnectAsync(key);

        (await HelloWorkerClient.ReceiveAsync(socket)).ShouldBeNull();

        ((int?)socket.CloseStatus).ShouldBe(4001);
    }

    [Theory]
    [InlineData(true, HelloWorkerClient.LbAuthKey)]
    [InlineData(false, null)]
    public async Task Socket_EchoSetting_DecidesTheSubProtocol(bool echo, string? expected)
    {
        await using var worker = await HelloWorkerClient.StartAsync(
            HelloWorkerClient.Options with { EchoSubProtocol = echo });
        using var socket = await worker.ConnectAsync();

        socket.SubProtocol.ShouldBe(expected);
    }

    [Fact]
    public async Task Socket_LongFrame_IsPassedOver()
    {
        await using var worker = await HelloWorkerClient.StartAsync();
        using var socket = await worker.ConnectAsync();

        await socket.SendAsync(new byte[100_000], WebSocketMessageType.Text, true, Cancel);
        await socket.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, true, Cancel);

        (await HelloWorkerClient.ReceiveAsync(socket)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Stop_WithAnOpenSocket_ClosesItAsGoingAway()
    {
        await using var worker = await HelloWorkerClient.StartAsync();
        using var socket = await worker.ConnectAsync();

        var stopping = worker.Host.StopAsync(Cancel);
        while (await HelloWorkerClient.ReceiveAsync(socket) is not null)
        {
            // A frame of the last second may stand before the close.
        }

        socket.CloseStatus.ShouldBe(WebSocketCloseStatus.EndpointUnavailable);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Cancel);
        await stopping;
    }

    [Fact]
    public async Task Http_OnTheWebSocketsPort_IsToldToUpgrade()
    {
        await using var worker = await HelloWorkerClient.StartAsync();
        using var http = new HttpClient();

        using var answer = await http.GetAsync($"http://127.0.0.1:{worker.Host.WebSocketPort}/health", Cancel);

        ((int)answer.StatusCode).ShouldBe(426);
    }

    [Fact]
    public async Task Start_PortTaken_Fails()
    {
        await using var worker = await HelloWorkerClient.StartAsync();
        var taken = HelloWorkerClient.Options with { Port = new Uri(worker.Host.Url).Port };

        await Should.ThrowAsync<IOException>(HelloWorkerClient.StartAsync(taken));
    }
}
