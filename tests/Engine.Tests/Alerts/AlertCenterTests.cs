using ActorBalancer.Actors;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Tests.Webhooks;
using ActorBalancer.Engine.Webhooks;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Mail;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Alerts;

public sealed class AlertCenterTests : IAsyncDisposable
{
    private const int GivenUpMail = 704;
    private const int GivenUpCall = 707;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _time = new();
    private readonly FakeMailServer _server = new();
    private readonly EngineHarness.EventLog _log = new();
    private readonly ActorSystem _system;
    private Func<string, PoolStatus?>? _findPool;
    private AlertCenter? _center;

    public AlertCenterTests() => _system = new ActorSystem("test", new ActorSystemOptions { Time = _time });

    public async ValueTask DisposeAsync()
    {
        if (_center is not null)
            await _center.DisposeAsync();
        await _system.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Publish_DownAndUp_MailsTheOwner()
    {
        Start();

        Publish(AlertKind.BackendDown, "3 failed checks, the last: timed out after 2000 ms");

        var mail = await NextMailAsync();
        mail.To.ShouldBe(["owner@example.org"]);
        mail.From.ShouldBe("lb@example.org");
        mail.Subject.ShouldBe("Backend 2 (http://b:1) of pool default is down");
        mail.Text.ShouldBe("""
            Backend 2 (http://b:1) of pool default is down.

            2030-01-01 00:00:00 UTC  down: 3 failed checks, the last: timed out after 2000 ms

            """.ReplaceLineEndings("\n"));

        await NextWindowAsync();
        Publish(AlertKind.BackendUp, "2 good checks");

        mail = await NextMailAsync();
        mail.To.ShouldBe(["owner@example.org"]);
        mail.Subject.ShouldBe("Backend 2 (http://b:1) of pool default is up again");
        mail.Text.ShouldContain("2030-01-01 00:01:00 UTC  up: 2 good checks");
    }

    [Fact]
    public async Task Publish_WithinTheInterval_IsToldTogetherAtItsEnd()
    {
        Start();
        Publish(AlertKind.BackendDown, "first");
        await NextMailAsync();

        _time.Advance(TimeSpan.FromSeconds(10));
        Publish(AlertKind.BackendUp, "second");
        _time.Advance(TimeSpan.FromSeconds(10));
        Publish(AlertKind.BackendDown, "third");
        await SettleAsync();
        _server.HasMore.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(40));

        var mail = await NextMailAsync();
        mail.Subject.ShouldBe("Backend 2 (http://b:1) of pool default is down (2 changes)");
        mail.Text.ShouldContain("""
            2030-01-01 00:00:10 UTC  up: second
            2030-01-01 00:00:20 UTC  down: third
            """.ReplaceLineEndings("\n"));

        // The second mail begins an interval of its own.
        _time.Advance(TimeSpan.FromSeconds(30));
        Publish(AlertKind.BackendUp, "fourth");
        await SettleAsync();
        _server.HasMore.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(30));
        (await NextMailAsync()).Text.ShouldContain("up: fourth");
    }

    [Fact]
    public async Task Publish_FlappingBackend_LosesNoChangeWithoutCountingIt()
    {
        Start();
        Publish(AlertKind.BackendDown, "first");
        await NextMailAsync();

        for (var change = 0; change < 250; change++)
            Publish(change % 2 == 0 ? AlertKind.BackendUp : AlertKind.BackendDown, $"change {change}.");
        await SettleAsync();
        _time.Advance(Interval);

        var mail = await NextMailAsync();
        mail.Subject.ShouldEndWith(" is down (250 changes)");
        mail.Text.ShouldContain("change 0.");
        mail.Text.ShouldContain("... 150 changes are left out ...");
        mail.Text.ShouldContain("change 249.");
    }

    [Fact]
    public async Task Publish_TwoBackends_DoNotWaitForEachOther()
    {
        Start();

        Publish(AlertKind.BackendDown, "a", backend: "1");
        Publish(AlertKind.BackendDown, "b", backend: "2");

        string[] subjects = [(await _server.NextAsync()).Subject, (await _server.NextAsync()).Subject];
        subjects.Order().Select(static subject => subject[..9]).ShouldBe(["Backend 1", "Backend 2"]);
    }

    [Fact]
    public async Task Publish_NoOwnerOrOtherKind_IsNotMailed()
    {
        Start();

        Publish(AlertKind.BackendDown, "nobody", owner: null);
        Publish(AlertKind.BackendEjected, "ejected");
        Publish(AlertKind.BackendDrained, "drained");
        _system.EventStream.Publish(
            new Alert(AlertKind.ReloadRefused, "", "", "", null, "a fault", _time.GetUtcNow()));
        Publish(AlertKind.BackendDown, "somebody", backend: "9");

        (await _server.NextAsync()).Subject.ShouldStartWith("Backend 9 ");
        _server.HasMore.ShouldBeFalse();
    }

    [Fact]
    public async Task Publish_KnownPool_SaysHowItStands()
    {
        _findPool = name => new PoolStatus(_time.GetUtcNow(), name, "round-robin", 0,
        [
            Status("1", "http://a:1") with { IsHealthy = true },
            Status("2", "http://b:1") with { IsHealthy = false, LastError = "refused\r\nX: y" },
        ]);
        Start();

        Publish(AlertKind.BackendDown, "why");

        (await _server.NextAsync()).Text.ShouldEndWith("""
            Pool default now: 1 of 2 backends are healthy.
              1  http://a:1/  up
              2  http://b:1/  down (refused  X: y)

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task Publish_PoolThatCannotBeAsked_IsMailedAllTheSame()
    {
        _findPool = static _ => throw new InvalidOperationException("no");
        Start();

        Publish(AlertKind.BackendDown, "why");

        (await _server.NextAsync()).Text.ShouldContain("down: why");
    }

    [Fact]
    public async Task Publish_ReasonWithLineEnds_MakesNoHeader()
    {
        Start();

        Publish(AlertKind.BackendDown, "bad\r\nBcc: x@y\r\n\r\n.\r\n", backend: "2\r\nBcc: x@y");

        var mail = await _server.NextAsync();
        mail.Header("Bcc").ShouldBeNull();
        mail.To.ShouldBe(["owner@example.org"]);
    }

    [Fact]
    public async Task Publish_ServerThatRefusesForAWhile_GetsTheMailLater()
    {
        var tries = 0;
        _server.Script = line => line.StartsWith("RCPT", StringComparison.Ordinal) && ++tries < 3 ? "451 later" : null;
        Start();
        Publish(AlertKind.BackendDown, "why");

        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(30));
        _time.Advance(TimeSpan.FromSeconds(30));

        (await _server.NextAsync()).Text.ShouldContain("down: why");
        tries.ShouldBe(3);
    }

    [Fact]
    public async Task Publish_ServerThatRefusesForGood_IsAskedOnce()
    {
        _server.Script = static line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550 no such user" : null;
        Start();

        Publish(AlertKind.BackendDown, "why");

        await _log.WaitForAsync(GivenUpMail);
        _server.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task Publish_DeadServer_IsGivenUpWithOneLineAndDisturbsNothing()
    {
        Start(static options => options with { Mail = options.Mail! with { Port = 1 } });
        Publish(AlertKind.BackendDown, "why");

        foreach (var seconds in (int[])[5, 30, 120, 300])
        {
            // The interval's own timer ends among them.
            await _time.WaitForTimerAsync(TimeSpan.FromSeconds(seconds));
            _time.Advance(TimeSpan.FromSeconds(seconds));
        }

        await _log.WaitForAsync(GivenUpMail);
        _log.Lines.Count(static line => line.Id.Id == GivenUpMail).ShouldBe(1);

        // The next server hears of what comes next.
        _center!.Apply(Options());
        Publish(AlertKind.BackendUp, "again");
        (await _server.NextAsync()).Text.ShouldContain("up: again");
    }

    [Fact]
    public async Task Publish_SlowServer_HoldsNobodyUp()
    {
        var asked = new SemaphoreSlim(0);
        _server.Script = line =>
        {
            if (!line.StartsWith("MAIL", StringComparison.Ordinal))
                return null;
            asked.Release();
            return "";
        };
        var receiver = new WebhookReceiver();
        await using var owned = receiver;
        Start(options => options with { Webhooks = [new Uri(receiver.Url)] });

        Publish(AlertKind.BackendDown, "why");
        (await asked.WaitAsync(TestSignal.Guard)).ShouldBeTrue();

        (await receiver.NextAsync()).Text.ShouldContain("why");
        Publish(AlertKind.BackendUp, "back");
        (await receiver.NextAsync()).Text.ShouldContain("back");
    }

    [Fact]
    public async Task Publish_Webhooks_GetEveryAlertSignedAndInOrder()
    {
        await using var receiver = new WebhookReceiver();
        Start(options => options with { Mail = null, Webhooks = [new Uri(receiver.Url)] });

        Publish(AlertKind.BackendDown, "one");
        Publish(AlertKind.BackendEjected, "two", owner: null);

        var call = await receiver.NextAsync();
        call.RequestLine.ShouldStartWith("POST /hook?token=secret ");
        call.Header("content-type").ShouldBe("application/json");
        call.Text.ShouldBe("""
            {"type":"backend.down","pool":"default","backend":"2","url":"http://b:1","owner":"owner@example.org","reason":"one","at":"2030-01-01T00:00:00Z"}
            """.Trim());
        var id = call.Header("webhook-id").ShouldNotBeNull();
        id.ShouldStartWith("msg_alert_");
        var seconds = long.Parse(call.Header("webhook-timestamp")!);
        call.Header("webhook-signature")
            .ShouldBe(new WebhookSigner(["a secret of the test"]).Sign(id, seconds, call.Body));
        call = await receiver.NextAsync();
        call.Text.ShouldContain("\"type\":\"backend.ejected\"");
        call.Text.ShouldNotContain("owner");
    }

    [Fact]
    public async Task Publish_WebhookThatFailsAtFirst_GetsTheSameMessageAgain()
    {
        var calls = 0;
        await using var receiver = new WebhookReceiver((_, stream) =>
            WebhookReceiver.ReplyAsync(stream, ++calls == 1 ? "500 Oops" : "204 No Content"));
        Start(options => options with { Mail = null, Webhooks = [new Uri(receiver.Url)] });

        Publish(AlertKind.BackendDown, "one");
        Publish(AlertKind.BackendUp, "two");
        var first = await receiver.NextAsync();
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));

        var again = await receiver.NextAsync();
        again.Text.ShouldBe(first.Text);
        again.Header("webhook-id").ShouldBe(first.Header("webhook-id"));
        (await receiver.NextAsync()).Text.ShouldContain("two");
    }

    [Fact]
    public async Task Publish_DeadWebhook_DelaysNoOther()
    {
        await using var receiver = new WebhookReceiver();
        Start(options => options with
        {
            Mail = null,
            Webhooks = [new Uri("http://127.0.0.1:1/dead"), new Uri("http://169.254.169.254/"), new Uri(receiver.Url)],
        });

        Publish(AlertKind.BackendDown, "one");
        (await receiver.NextAsync()).Text.ShouldContain("one");
        Publish(AlertKind.BackendUp, "two");
        (await receiver.NextAsync()).Text.ShouldContain("two");

        var given = _log.WaitForAsync(GivenUpCall);
        _time.AdvanceUntil(given, TimeSpan.FromSeconds(1));
        await given;
    }

    [Fact]
    public async Task Apply_OtherOwnersServer_TakesTheNextMails()
    {
        Start(static options => options with { Mail = null });
        Publish(AlertKind.BackendDown, "untold");
        await SettleAsync();
        _center!.Apply(Options());

        Publish(AlertKind.BackendUp, "told");

        (await _server.NextAsync()).Text.ShouldNotContain("untold");
    }

    private static BackendStatus Status(string id, string url) => new()
    {
        Options = new BackendOptions { Id = id, Url = new Uri(url) },
        State = BackendState.Active,
        IsHealthy = true,
    };

    private AlertOptions Options() => new()
    {
        Mail = new MailOptions { Host = "127.0.0.1", Port = _server.Port, From = "lb@example.org" },
        Interval = Interval,
    };

    private void Start(Func<AlertOptions, AlertOptions>? change = null) => _center = new AlertCenter(
        _system,
        change?.Invoke(Options()) ?? Options(),
        new WebhookOptions { Secrets = ["a secret of the test"], Timeout = TimeSpan.FromDays(1) },
        _log,
        _findPool);

    private void Publish(
        AlertKind kind, string reason, string backend = "2", string? owner = "owner@example.org") =>
        _system.EventStream.Publish(
            new Alert(kind, "default", backend, "http://b:1", owner, reason, _time.GetUtcNow()));

    private async Task NextWindowAsync()
    {
        await SettleAsync();
        _time.Advance(Interval);
        await SettleAsync();
    }

    // A mail that the server has is not yet over: time that jumps meanwhile would end it as too slow.
    private async Task<ReceivedMail> NextMailAsync()
    {
        var mail = await _server.NextAsync();
        await _log.WaitForTextAsync($"Alert mail '{mail.Subject}' was taken");
        return mail;
    }

    // What was told to the actor before is handled when this alert about nobody has been logged.
    private async Task SettleAsync()
    {
        var reason = Guid.NewGuid().ToString();
        Publish(AlertKind.BackendEjected, reason, backend: "settle", owner: null);
        await _log.WaitForTextAsync(reason);
    }
}
