using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Webhooks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Webhooks;

public sealed class WebhookSenderTests : IAsyncLifetime
{
    private static readonly WebhookOptions Options = new() { AllowPrivate = true, Secrets = ["new", "old"] };

    private readonly ManualTimeProvider _time = new();
    private readonly WebhookReceiver _receiver = new();
    private readonly WebhookSender _sender;

    public WebhookSenderTests() => _sender = new WebhookSender(Options, _time, new WebhookGuard(true, _time));

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        _sender.Dispose();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Send_Succeeded_CarriesResultHeadersAndSignatures()
    {
        var task = WebhookTasks.Ended();

        var result = await SendAsync(task, _receiver.Url, ("X-Mine", "1"), ("authorization", "Bearer t"));

        result.ShouldBe(new WebhookResult(WebhookResultKind.Done, 200));
        var call = await _receiver.NextAsync();
        call.RequestLine.ShouldBe("POST /hook?token=secret HTTP/1.1");
        call.Text.ShouldBe("""{"a":1}""");
        call.Header("content-type").ShouldBe("application/json");
        call.Header("user-agent")!.ShouldStartWith("ActorBalancer/");
        call.Header("webhook-id").ShouldBe($"msg_{task.Id}");
        call.Header("webhook-timestamp").ShouldBe($"{_time.GetUtcNow().ToUnixTimeSeconds()}");
        call.Header("webhook-signature").ShouldBe(new WebhookSigner(Options.Secrets)
            .Sign($"msg_{task.Id}", _time.GetUtcNow().ToUnixTimeSeconds(), """{"a":1}"""u8));
        call.Header("x-task-id").ShouldBe($"{task.Id}");
        call.Header("x-task-state").ShouldBe("succeeded");
        call.Header("x-mine").ShouldBe("1");
        call.Header("authorization").ShouldBe("Bearer t");
    }

    [Fact]
    public async Task Send_DeadTask_SaysSo()
    {
        var task = WebhookTasks.Ended(TaskState.Dead, result: null, error: "broke");

        await SendAsync(task, _receiver.Url);

        var call = await _receiver.NextAsync();
        call.Header("x-task-state").ShouldBe("dead");
        call.Text.ShouldContain("\"state\":\"dead\"");
    }

    [Fact]
    public async Task Send_LoginInTheUrl_IsSentAsBasic()
    {
        await SendAsync(WebhookTasks.Ended(), $"http://me:p%40ss@127.0.0.1:{_receiver.Port}/");

        (await _receiver.NextAsync()).Header("authorization")
            .ShouldBe("Basic " + Convert.ToBase64String("me:p@ss"u8));
    }

    [Theory]
    [InlineData("Host", "evil")]
    [InlineData("content-length", "3")]
    [InlineData("webhook-id", "mine")]
    [InlineData("x-split", "a\r\nx-injected: 1")]
    [InlineData("bad name", "1")]
    public async Task Send_HeaderThatWouldChangeTheCall_IsLeftOut(string name, string value)
    {
        var task = WebhookTasks.Ended();

        (await SendAsync(task, _receiver.Url, (name, value))).Kind.ShouldBe(WebhookResultKind.Done);

        var call = await _receiver.NextAsync();
        call.Header("host").ShouldBe($"127.0.0.1:{_receiver.Port}");
        call.Header("webhook-id").ShouldBe($"msg_{task.Id}");
        call.Headers.Contains("x-injected").ShouldBeFalse();
        call.Headers.Contains("x-split").ShouldBeFalse();
        call.Text.ShouldBe("""{"a":1}""");
    }

    [Theory]
    [InlineData("200 OK", nameof(WebhookResultKind.Done), null)]
    [InlineData("204 No Content", nameof(WebhookResultKind.Done), null)]
    [InlineData("299 Fine", nameof(WebhookResultKind.Done), null)]
    [InlineData("410 Gone", nameof(WebhookResultKind.Gone), "the receiver wants no more (410)")]
    [InlineData("429 Slow", nameof(WebhookResultKind.Wait), "the receiver asks to wait (429)")]
    [InlineData("503 Later", nameof(WebhookResultKind.Wait), "the receiver asks to wait (503)")]
    [InlineData("304 Not", nameof(WebhookResultKind.Failed), "the receiver answered 304; redirects are not followed")]
    [InlineData("400 Bad", nameof(WebhookResultKind.Failed), "the receiver answered 400")]
    [InlineData("401 No", nameof(WebhookResultKind.Failed), "the receiver answered 401")]
    [InlineData("404 No", nameof(WebhookResultKind.Failed), "the receiver answered 404")]
    [InlineData("500 secret words", nameof(WebhookResultKind.Failed), "the receiver answered 500")]
    public async Task Send_Status_DecidesTheKind(string status, string kind, string? error)
    {
        _receiver.Answer = (_, stream) => WebhookReceiver.ReplyAsync(
            stream, status, body: status[..3] is "204" or "304" ? "" : "secret words");

        var result = await SendAsync(WebhookTasks.Ended(), _receiver.Url);

        result.ShouldBe(new WebhookResult(Enum.Parse<WebhookResultKind>(kind), int.Parse(status[..3]), error));
    }

    [Theory]
    [InlineData("Retry-After: 7\r\n", 7)]
    [InlineData("Retry-After: 0\r\n", 0)]
    [InlineData("Retry-After: 999999999\r\n", 3600)]
    [InlineData("Retry-After: Tue, 01 Jan 2030 00:01:00 GMT\r\n", 60)]
    [InlineData("Retry-After: Mon, 01 Jan 2024 00:00:00 GMT\r\n", 0)]
    [InlineData("Date: Tue, 01 Jan 2030 02:00:00 GMT\r\nRetry-After: Tue, 01 Jan 2030 02:00:09 GMT\r\n", 9)]
    [InlineData("Retry-After: soon\r\n", null)]
    [InlineData("Retry-After: -5\r\n", null)]
    [InlineData("", null)]
    public async Task Send_RetryAfter_IsReadAndCapped(string headers, int? seconds)
    {
        _receiver.Answer = (_, stream) => WebhookReceiver.ReplyAsync(stream, "503 Later", headers);

        var result = await SendAsync(WebhookTasks.Ended(), _receiver.Url);

        result.RetryAfter.ShouldBe(seconds is { } value ? TimeSpan.FromSeconds(value) : null);
    }

    [Fact]
    public async Task Send_NoAnswer_FailsWhenTheTimeIsOver()
    {
        var never = new TaskCompletionSource();
        _receiver.Answer = (_, _) => never.Task;
        var sending = SendAsync(WebhookTasks.Ended(), _receiver.Url);
        await _receiver.NextAsync();

        _time.Advance(TimeSpan.FromSeconds(5));

        (await sending).ShouldBe(new WebhookResult(WebhookResultKind.Failed, 0, "no answer within 5000 ms"));
        never.SetResult();
    }

    [Fact]
    public async Task Send_EndlessBody_IsDoneWithItsHeadAndNotRead()
    {
        var written = 0L;
        var broken = new TestSignal("the sender to leave the endless body");
        _receiver.Answer = async (_, stream) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
            var chunk = Encoding.ASCII.GetBytes("10000\r\n" + new string('x', 0x10000) + "\r\n");
            try
            {
                while (true)
                {
                    await stream.WriteAsync(chunk);
                    written += 0x10000;
                }
            }
            catch (IOException)
            {
                broken.Set();
                throw;
            }
        };

        (await SendAsync(WebhookTasks.Ended(), _receiver.Url)).Kind.ShouldBe(WebhookResultKind.Done);
        await broken.WaitAsync();

        // What the kernel's buffers of both ends hold lies between what was written and what was read.
        written.ShouldBeLessThan(32 << 20);
    }

    [Fact]
    public async Task Send_EndlessHead_Fails()
    {
        _receiver.Answer = async (_, stream) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray());
            while (true)
                await stream.WriteAsync("x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n"u8.ToArray());
        };

        (await SendAsync(WebhookTasks.Ended(), _receiver.Url)).ShouldBe(new WebhookResult(
            WebhookResultKind.Failed, 0, "the connection broke before an answer came"));
    }

    [Theory]
    [InlineData("301 Moved")]
    [InlineData("302 Found")]
    [InlineData("307 Temporary")]
    [InlineData("308 Permanent")]
    public async Task Send_RedirectToLoopback_IsNotFollowed(string status)
    {
        await using var canary = new WebhookReceiver();
        _receiver.Answer = (_, stream)
            => WebhookReceiver.ReplyAsync(stream, status, $"Location: http://127.0.0.1:{canary.Port}/\r\n");

        (await SendAsync(WebhookTasks.Ended(), _receiver.Url)).Kind.ShouldBe(WebhookResultKind.Failed);

        canary.Connects.ShouldBe(0);
    }

    [Fact]
    public async Task Send_NameThatTurnsToLoopback_IsRefusedAtTheConnect()
    {
        var asked = 0;
        var guard = new WebhookGuard(false, _time, (_, _) => Task.FromResult<IPAddress[]>(
            [asked++ == 0 ? IPAddress.Parse("1.1.1.1") : IPAddress.Loopback]));
        using var sender = new WebhookSender(new WebhookOptions(), _time, guard);
        var url = $"http://rebind.example:{_receiver.Port}/";

        (await guard.CheckAsync(url, CancellationToken.None)).ShouldBeNull();
        var result = await sender.SendAsync(WebhookTasks.Ended(), WebhookTasks.Address(url), CancellationToken.None);

        result.ShouldBe(new WebhookResult(WebhookResultKind.Failed, 0, "refused address"));
        asked.ShouldBe(2);
        _receiver.Connects.ShouldBe(0);
    }

    [Fact]
    public async Task Send_Connects_ToTheJudgedAddressWithoutAskingAgain()
    {
        var asked = 0;
        var guard = new WebhookGuard(true, _time, (_, _) => Task.FromResult<IPAddress[]>(
            [asked++ == 0 ? IPAddress.Loopback : IPAddress.Parse("127.0.0.99")]));
        using var sender = new WebhookSender(Options, _time, guard);

        var result = await sender.SendAsync(
            WebhookTasks.Ended(), WebhookTasks.Address($"http://pinned.example:{_receiver.Port}/"),
            CancellationToken.None);

        result.Kind.ShouldBe(WebhookResultKind.Done);
        asked.ShouldBe(1);
        (await _receiver.NextAsync()).Header("host").ShouldBe($"pinned.example:{_receiver.Port}");
    }

    [Fact]
    public async Task Send_FirstAddressRefusesTheConnection_TriesTheNext()
    {
        var guard = new WebhookGuard(true, _time, (_, _) => Task.FromResult<IPAddress[]>(
            [IPAddress.Parse("127.0.0.99"), IPAddress.Loopback]));
        using var sender = new WebhookSender(Options, _time, guard);

        (await sender.SendAsync(
            WebhookTasks.Ended(), WebhookTasks.Address($"http://two.example:{_receiver.Port}/"),
            CancellationToken.None))
            .Kind.ShouldBe(WebhookResultKind.Done);
    }

    [Fact]
    public async Task Send_NobodyListens_Fails()
    {
        await _receiver.DisposeAsync();

        (await SendAsync(WebhookTasks.Ended(), _receiver.Url)).Error.ShouldBe("the host refused the connection");
    }

    [Fact]
    public async Task Send_NameWithoutAddress_Fails()
    {
        using var sender = new WebhookSender(Options, _time, new WebhookGuard(false, _time, static (_, _) =>
            Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound))));

        (await sender.SendAsync(
            WebhookTasks.Ended(), WebhookTasks.Address("http://nowhere.example/"), CancellationToken.None))
            .Error.ShouldBe("the host's name has no address");
    }

    [Fact]
    public async Task Send_ConnectionBreaks_Fails()
    {
        _receiver.Answer = static (_, _) => throw new IOException("broken on purpose");

        (await SendAsync(WebhookTasks.Ended(), _receiver.Url)).Error
            .ShouldBe("the connection broke before an answer came");
        _receiver.Connects.ShouldBe(1);
    }

    [Fact]
    public async Task Send_TlsToAPlainHost_Fails()
    {
        using var plain = new TcpListener(IPAddress.Loopback, 0);
        plain.Start();
        var sending = SendAsync(
            WebhookTasks.Ended(), $"https://127.0.0.1:{((IPEndPoint)plain.LocalEndpoint).Port}/");
        using var client = await plain.AcceptTcpClientAsync();

        await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());

        (await sending).ShouldBe(new WebhookResult(WebhookResultKind.Failed, 0, "the secure connection failed"));
    }

    [Fact]
    public async Task Send_Cancelled_Throws()
    {
        var never = new TaskCompletionSource();
        _receiver.Answer = (_, _) => never.Task;
        using var cancel = new CancellationTokenSource();
        var sending = _sender.SendAsync(WebhookTasks.Ended(), WebhookTasks.Address(_receiver.Url), cancel.Token);
        await _receiver.NextAsync();

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => sending);
        never.SetResult();
    }

    private async Task<WebhookResult> SendAsync(
        TaskSnapshot task, string url, params (string Name, string Value)[] headers)
        => await _sender.SendAsync(task, WebhookTasks.Address(url, headers), CancellationToken.None)
            .WaitAsync(TestSignal.Guard);
}
