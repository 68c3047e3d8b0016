using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Alerts.Mail;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Mail;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Alerts.Mail;

public sealed class SmtpSenderTests : IAsyncDisposable
{
    private static readonly Letter Mail = new(
        "from@example.org",
        "to@example.org",
        "Backend 2 is down",
        "It is down.\n.\nReally: \u00fc\n",
        new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero),
        "id");

    private readonly FakeMailServer _server = new();
    private readonly ManualTimeProvider _time = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task SendAsync_PlainServer_TakesTheMail()
    {
        await SendAsync();

        var mail = await _server.NextAsync();
        mail.From.ShouldBe("from@example.org");
        mail.To.ShouldBe(["to@example.org"]);
        mail.Subject.ShouldBe("Backend 2 is down");
        mail.Text.ShouldBe("It is down.\n.\nReally: \u00fc\n");
        mail.Header("Date").ShouldBe("Wed, 02 Jan 2030 03:04:05 +0000");
        mail.Header("Message-ID").ShouldBe("<id@example.org>");
        mail.Header("Auto-Submitted").ShouldBe("auto-generated");
        mail.IsEncrypted.ShouldBeFalse();
        mail.Login.ShouldBeNull();
        _server.Commands[0].ShouldBe("EHLO [127.0.0.1]");
    }

    [Theory]
    [InlineData("PLAIN LOGIN")]
    [InlineData("LOGIN")]
    [InlineData("CRAM-MD5 PLAIN")]
    public async Task SendAsync_TlsFromTheFirstByte_LogsIn(string logins)
    {
        (_server.IsSecure, _server.Logins) = (true, logins);

        await SendAsync(static mail => mail with { Secure = true, User = "user", Password = "password" });

        var mail = await _server.NextAsync();
        (mail.IsEncrypted, mail.Login).ShouldBe((true, "user"));
    }

    [Fact]
    public async Task SendAsync_StartTlsOffered_IsUsedBeforeTheLogin()
    {
        (_server.OffersStartTls, _server.Logins) = (true, "PLAIN");

        await SendAsync(static mail => mail with { User = "user", Password = "password" });

        var mail = await _server.NextAsync();
        (mail.IsEncrypted, mail.Login).ShouldBe((true, "user"));
        _server.Commands.Take(4).Select(static line => line.Split(' ')[0])
            .ShouldBe(["EHLO", "STARTTLS", "EHLO", "AUTH"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendAsync_CertificateThatIsNotValid_IsRefused(bool secure)
    {
        (_server.IsSecure, _server.OffersStartTls) = (secure, true);

        var fault = await FailAsync(mail => mail with { Secure = secure, VerifyTls = true });

        fault.Message.ShouldStartWith("TLS failed: ");
        _server.Commands.ShouldNotContain(static line => line.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SendAsync_ServerElsewhereWithoutStartTls_NeverGetsTheLogin()
    {
        _server.Logins = "PLAIN LOGIN";

        // To the client this server is not on its own machine.
        var fault = await FailAsync(
            static mail => mail with { User = "user", Password = "password" }, isOwn: static _ => false);

        fault.Message.ShouldBe("the server offers no STARTTLS, and the login is never sent in clear text");
        fault.IsPermanent.ShouldBeTrue();
        _server.Commands.ShouldBe(["EHLO [127.0.0.1]"]);
    }

    [Fact]
    public async Task SendAsync_OwnMachineWithoutTls_GetsTheLogin()
    {
        _server.Logins = "PLAIN";

        await SendAsync(static mail => mail with { User = "user", Password = "password" });

        (await _server.NextAsync()).Login.ShouldBe("user");
    }

    [Theory]
    [InlineData("PLAIN", "535", true)]
    [InlineData("LOGIN", "535", true)]
    [InlineData("CRAM-MD5", "neither AUTH PLAIN nor AUTH LOGIN", true)]
    [InlineData("", "neither AUTH PLAIN nor AUTH LOGIN", true)]
    public async Task SendAsync_LoginThatIsRefused_SaysSoWithoutThePassword(
        string logins, string problem, bool isPermanent)
    {
        _server.Logins = logins;

        var fault = await FailAsync(static mail => mail with { User = "user", Password = "wrong-password" });

        fault.Message.ShouldContain(problem);
        fault.Message.ShouldNotContain("wrong-password");
        fault.IsPermanent.ShouldBe(isPermanent);
    }

    [Fact]
    public async Task SendAsync_ServerThatRepeatsThePassword_IsNotQuoted()
    {
        var echo = Convert.ToBase64String(Encoding.UTF8.GetBytes("\0user\0hush-hush"));
        _server.Logins = "PLAIN";
        _server.Script = line => line.StartsWith("AUTH", StringComparison.Ordinal) ? $"535 bad {echo}" : null;

        var fault = await FailAsync(static mail => mail with { User = "user", Password = "hush-hush" });

        fault.Message.ShouldBe("the server refused the login: 535");
    }

    [Theory]
    [InlineData("GREETING", "554 no", true)]
    [InlineData("GREETING", "421 later", false)]
    [InlineData("EHLO", "500 no", true)]
    [InlineData("MAIL", "451 later", false)]
    [InlineData("RCPT", "550 5.1.1 no such user", true)]
    [InlineData("RCPT", "450 greylisted", false)]
    [InlineData("DATA", "554 no", true)]
    [InlineData("DATA", "250 what", false)]
    [InlineData("MESSAGE", "552 too large", true)]
    [InlineData("MESSAGE", "452 full", false)]
    public async Task SendAsync_RefusedAtAnyStep_SaysWhatAndWhetherForGood(
        string step, string answer, bool isPermanent)
    {
        _server.Script = line => line.StartsWith(step, StringComparison.Ordinal) ? answer : null;

        var fault = await FailAsync();

        fault.Message.ShouldContain(answer);
        fault.IsPermanent.ShouldBe(isPermanent);
    }

    [Theory]
    [InlineData("GREETING", "CLOSE", "closed the connection")]
    [InlineData("RCPT", "CLOSE", "closed the connection")]
    [InlineData("GREETING", "hello", "no SMTP")]
    [InlineData("GREETING", "99 x", "no SMTP")]
    [InlineData("GREETING", "220x", "no SMTP")]
    [InlineData("STARTTLS", "220 go\r\n250 injected", "before TLS began")]
    public async Task SendAsync_ServerThatBreaksTheProtocol_IsAFaultThatMayPass(
        string step, string answer, string problem)
    {
        _server.OffersStartTls = true;
        _server.Script = line => line.StartsWith(step, StringComparison.Ordinal) ? answer : null;

        var fault = await FailAsync();

        fault.Message.ShouldContain(problem);
        fault.IsPermanent.ShouldBeFalse();
    }

    [Fact]
    public async Task SendAsync_EndlessAnswers_AreCut()
    {
        _server.Script = static line => line == "GREETING" ? "220 " + new string('x', 5000) : null;
        (await FailAsync()).Message.ShouldContain("a line of over 2048 bytes");

        _server.Script = static line => line == "GREETING"
            ? string.Concat(Enumerable.Repeat("220-x\r\n", 200))
            : null;
        (await FailAsync()).Message.ShouldContain("more than 100 lines");
    }

    [Fact]
    public async Task SendAsync_RefusalWithControlCharacters_IsOneCleanLine()
    {
        _server.Script = static line => line.StartsWith("RCPT", StringComparison.Ordinal) ? "550-a\u001b[31m\r\n550 b\u0007" : null;

        (await FailAsync()).Message.ShouldBe("the server answered 550 a?[31m b? to the recipient");
    }

    [Fact]
    public async Task SendAsync_SilentServer_EndsAtTheTimeout()
    {
        var isAsked = new TestSignal("the command");
        _server.Script = line =>
        {
            if (!line.StartsWith("MAIL", StringComparison.Ordinal))
                return null;
            isAsked.Set();
            return "";
        };

        var sending = FailAsync(static mail => mail with { Timeout = TimeSpan.FromSeconds(7) });
        await isAsked.WaitAsync();
        _time.Advance(TimeSpan.FromSeconds(7));

        (await sending).Message.ShouldBe("the server did not take it within 7000 ms");
    }

    [Fact]
    public async Task SendAsync_ServerThatNeverSaysGoodbye_HasTakenTheMail()
    {
        _server.Script = static line => line.StartsWith("QUIT", StringComparison.Ordinal) ? "CLOSE" : null;

        await SendAsync();

        (await _server.NextAsync()).To.ShouldBe(["to@example.org"]);
    }

    [Fact]
    public async Task SendAsync_DeadServer_SaysSo()
    {
        var port = _server.Port;
        await _server.DisposeAsync();

        var fault = await Should.ThrowAsync<MailException>(
            () => new SmtpSender(_time).SendAsync(Options(port), Mail, CancellationToken.None));

        fault.Message.ShouldBe($"the server cannot be reached ({SocketError.ConnectionRefused})");
        fault.IsPermanent.ShouldBeFalse();
    }

    [Fact]
    public async Task SendAsync_Cancelled_Throws()
    {
        var isAsked = new TestSignal("the command");
        using var stop = new CancellationTokenSource();
        _server.Script = line =>
        {
            isAsked.Set();
            return "";
        };

        var sending = new SmtpSender(_time).SendAsync(Options(_server.Port), Mail, stop.Token);
        await isAsked.WaitAsync();
        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(sending);
    }

    private static MailOptions Options(int port) => new() { Host = "localhost", Port = port, VerifyTls = false };

    private Task SendAsync(Func<MailOptions, MailOptions>? change = null, Func<IPAddress, bool>? isOwn = null)
    {
        var options = Options(_server.Port);
        return new SmtpSender(_time, isOwn)
            .SendAsync(change?.Invoke(options) ?? options, Mail, CancellationToken.None)
            .WaitAsync(TestSignal.Guard);
    }

    private async Task<MailException> FailAsync(
        Func<MailOptions, MailOptions>? change = null, Func<IPAddress, bool>? isOwn = null) =>
        await Should.ThrowAsync<MailException>(SendAsync(change, isOwn));
}
