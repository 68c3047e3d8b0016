using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using ActorBalancer.Protocol;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Workers;

/// <summary>The fake worker misbehaves just as it was told; otherwise the tests that lean on it would prove nothing.
/// </summary>
public sealed class FakeWorkerTests : IDisposable
{
    private static readonly string TaskBody = """{"group":"hello","function":"hello","contract":1}""";
    private readonly HttpClient _http = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Task_AnswerOk_GivesTheBodyAndRecordsTheCall()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Json("""{"success":true,"result":7}""");

        using var request = Post(worker);
        request.Headers.Add("x-task-id", "t1");
        using var answer = await _http.SendAsync(request, Cancel);
        var call = await worker.WaitForCallAsync();

        (await answer.Content.ReadAsStringAsync(Cancel)).ShouldBe("""{"success":true,"result":7}""");
        call.BodyText.ShouldBe(TaskBody);
        call.Header("X-Task-Id").ShouldBe("t1");
        worker.Calls.ShouldBe([call]);
    }

    [Fact]
    public async Task Task_SentInChunks_IsReadWhole()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Echo;

        using var request = Post(worker);
        request.Headers.TransferEncodingChunked = true;
        using var answer = await _http.SendAsync(request, Cancel);

        (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel))
            .GetProperty("result").GetProperty("contract").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Task_ManyOnOneConnection_KeepItOpen()
    {
        await using var worker = await FakeWorker.StartAsync();

        for (var i = 0; i < 50; i++)
            (await _http.SendAsync(Post(worker), Cancel)).StatusCode.ShouldBe(HttpStatusCode.OK);

        worker.Calls.Count.ShouldBe(50);
        worker.ConnectionCount.ShouldBe(1);
    }

    [Fact]
    public async Task Held_UntilReleased_CountsAsRunning()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Held;

        var first = _http.SendAsync(Post(worker), Cancel);
        var second = _http.SendAsync(Post(worker), Cancel);
        var calls = await worker.WaitForCallsAsync(2);
        worker.Running.ShouldBe(2);
        calls[0].Release();
        calls[1].Release(FakeAnswers.Failure);
        var statuses = (await Task.WhenAll(first, second)).Select(answer => (int)answer.StatusCode);

        statuses.Order().ShouldBe([200, 500]);
        await Task.WhenAll(calls.Select(call => call.Ended));
        worker.Running.ShouldBe(0);
        worker.RunningMax.ShouldBe(2);
    }

    [Fact]
    public async Task Held_ClientGivesUp_IsSeen()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Held;
        using var giveUp = new CancellationTokenSource();

        var sending = _http.SendAsync(Post(worker), giveUp.Token);
        var call = await worker.WaitForCallAsync();
        await giveUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(sending);
        await call.ClientGone.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        await call.Ended.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    [Fact]
    public async Task AnswerNext_IsUsedOnceEachInOrder()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.AnswerNext(FakeAnswers.Failure, FakeAnswers.Maintenance, FakeAnswers.BadRequest);

        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
            statuses.Add((int)(await _http.SendAsync(Post(worker), Cancel)).StatusCode);

        statuses.ShouldBe([500, 503, 400, 200]);
    }

    public static TheoryData<string, FakeAnswer, HttpRequestError> BrokenAnswers => new()
    {
        { "garbage", FakeAnswers.Garbage, HttpRequestError.InvalidResponse },
        { "close in body", FakeAnswers.CloseInBody, HttpRequestError.ResponseEnded },
        { "close in chunks", FakeAnswers.CloseInChunks, HttpRequestError.ResponseEnded },
        { "close", FakeAnswers.Close, HttpRequestError.ResponseEnded },
        { "reset", FakeAnswers.Reset, HttpRequestError.Unknown },
        { "huge header", FakeAnswers.HugeHeader(1 << 20), HttpRequestError.ConfigurationLimitExceeded },
    };

    [Theory]
    [MemberData(nameof(BrokenAnswers))]
    public async Task BrokenAnswer_FailsTheClientInItsOwnWay(string name, FakeAnswer answer, HttpRequestError expected)
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = answer;

        var failure = await Should.ThrowAsync<HttpRequestException>(async () =>
        {
            using var response = await _http.SendAsync(Post(worker), Cancel);
            await response.Content.ReadAsStringAsync(Cancel);
        });

        var error = (failure.InnerException as HttpIOException)?.HttpRequestError ?? failure.HttpRequestError;
        error.ShouldBe(expected, name);
        worker.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task EndlessBody_GoesOnUntilTheClientCloses()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.EndlessBody;

        using (var answer = await _http.SendAsync(Post(worker), HttpCompletionOption.ResponseHeadersRead, Cancel))
        await using (var body = await answer.Content.ReadAsStreamAsync(Cancel))
            await body.ReadExactlyAsync(new byte[1 << 20], Cancel);
        var call = await worker.WaitForCallAsync();

        await call.Ended.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    [Fact]
    public async Task Hang_EndsWithTheWorker()
    {
        var worker = await FakeWorker.StartAsync();
        worker.Answer = FakeAnswers.Hang;

        var sending = _http.SendAsync(Post(worker), Cancel);
        await worker.WaitForCallAsync();
        await worker.DisposeAsync();

        await Should.ThrowAsync<HttpRequestException>(sending);
    }

    [Fact]
    public async Task GoDown_ThenComeBack_KeepsThePorts()
    {
        await using var worker = await FakeWorker.StartAsync();
        var url = worker.Url;

        await worker.GoDownAsync();
        var refused = await Should.ThrowAsync<HttpRequestException>(_http.SendAsync(Post(worker), Cancel));
        worker.ComeBack();
        using var answer = await _http.SendAsync(Post(worker), Cancel);

        (refused.InnerException as SocketException)?.SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        worker.Url.ShouldBe(url);
    }

    [Fact]
    public async Task Keys_WrongOrMissing_AreRefused()
    {
        await using var worker = await FakeWorker.StartAsync(new() { AuthKey = "w", LbAuthKey = "lb" });

        using var task = await _http.SendAsync(Post(worker), Cancel);
        using var bearer = Post(worker);
        bearer.Headers.Add("Authorization", "Bearer w");
        using var allowed = await _http.SendAsync(bearer, Cancel);
        using var health = await _http.GetAsync(worker.Url + "/health", Cancel);

        task.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        allowed.StatusCode.ShouldBe(HttpStatusCode.OK);
        health.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Health_IsWhatTheTestSet_AndCanFail()
    {
        await using var worker = await FakeWorker.StartAsync(new() { Functions = ["a", "b"] });
        worker.SetSlots(used: 3, limit: 8);

        var text = await _http.GetStringAsync(worker.Url + "/health", Cancel);
        worker.HealthAnswer = FakeAnswers.Status(200, "{ no json");
        var garbage = await _http.GetStringAsync(worker.Url + "/health", Cancel);

        var health = JsonSerializer.Deserialize(text, ProtocolJson.Default.WorkerHealth)!;
        health.Slots.ShouldBe(new WorkerSlots(3, 5, 8, 0));
        health.Functions!.Select(function => function.Name).ShouldBe(["a", "b"]);
        health.WebsocketPort.ShouldBe(worker.Socket.Port);
        garbage.ShouldBe("{ no json");
        worker.HealthCalls.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Socket_RightKey_PingsAndPushesArrive(bool echo)
    {
        await using var worker = await FakeWorker.StartAsync(new() { LbAuthKey = "lb" });
        worker.Socket.EchoSubProtocol = echo;
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("lb");

        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{worker.Socket.Port}/"), Cancel);
        var key = await worker.Socket.WaitForConnectionAsync();
        await socket.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, true, Cancel);
        var answer = await ReceiveAsync(socket);
        worker.SetSlots(used: 1, limit: 2);
        await worker.Socket.PushStatusAsync();
        var push = await ReceiveAsync(socket);

        key.ShouldBe("lb");
        socket.SubProtocol.ShouldBe(echo ? "lb" : null);
        (await worker.Socket.WaitForFrameAsync()).ShouldBe("ping");
        Frame(answer).Status.ShouldBe("ready");
        Frame(push).Slots.ShouldBe(new WorkerSlots(1, 1, 2, 0));
    }

    [Fact]
    public async Task Socket_WrongKey_ClosesWith4001()
    {
        await using var worker = await FakeWorker.StartAsync(new() { LbAuthKey = "lb" });
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("other");

        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{worker.Socket.Port}/"), Cancel);
        await ReceiveAsync(socket);

        ((int?)socket.CloseStatus).ShouldBe(4001);
    }

    [Fact]
    public async Task Socket_Dropped_BreaksTheClient()
    {
        await using var worker = await FakeWorker.StartAsync();
        using var socket = new ClientWebSocket();

        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{worker.Socket.Port}/"), Cancel);
        await worker.Socket.WaitForConnectionAsync();
        worker.Socket.Drop();

        await Should.ThrowAsync<WebSocketException>(ReceiveAsync(socket));
    }

    [Fact]
    public async Task Socket_Silent_AnswersNoPing()
    {
        await using var worker = await FakeWorker.StartAsync();
        worker.Socket.AnswerPings = false;
        using var socket = new ClientWebSocket();

        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{worker.Socket.Port}/"), Cancel);
        await socket.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, true, Cancel);
        await worker.Socket.WaitForFrameAsync();
        await worker.Socket.PushTextAsync("the first frame");

        (await ReceiveAsync(socket)).ShouldBe("the first frame");
    }

    [Fact]
    public async Task Dispose_AfterARequestThatIsNoHttp_SaysSo()
    {
        var worker = await FakeWorker.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, worker.Port, Cancel);

        await client.GetStream().WriteAsync("rubbish\r\n\r\n"u8.ToArray(), Cancel);
        (await client.GetStream().ReadAsync(new byte[1], Cancel)).ShouldBe(0);

        (await Should.ThrowAsync<AggregateException>(async () => await worker.DisposeAsync()))
            .InnerException.ShouldBeOfType<InvalidDataException>();
    }

    [Fact]
    public void WorkersFile_Write_ReplacesTheList()
    {
        using var file = new WorkersFile("http://a");

        file.Write("http://b", "http://c");

        File.ReadAllText(file.Path).ShouldBe("""["http://b","http://c"]""");
        Directory.GetFiles(Path.GetDirectoryName(file.Path)!).ShouldBe([file.Path]);
    }

    private static HttpRequestMessage Post(FakeWorker worker) => new(HttpMethod.Post, worker.Url + "/task")
    {
        Content = new StringContent(TaskBody, Encoding.UTF8, "application/json"),
    };

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        var result = await socket.ReceiveAsync(buffer.AsMemory(), Cancel);
        return Encoding.UTF8.GetString(buffer, 0, result.Count);
    }

    private static WorkerStatusFrame Frame(string text) =>
        JsonSerializer.Deserialize(text, ProtocolJson.Default.WorkerStatusFrame)!;
}
