using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Listening;

public sealed class ListenerTests : IAsyncLifetime
{
    private static readonly NetworkList Loopback = new([IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")]);

    private readonly TemporaryFolder _folder = new();
    private readonly ProxyHarness _proxy = new();

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true, "h2")]
    [InlineData(false, "http/1.1")]
    public async Task Tls_Handshake_OffersWhatTheListenerSpeaks(bool http2, string protocol)
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool("web", Tls("first") with { Http2 = http2 }));

        var (subject, spoken) = await ShakeHandsAsync();

        subject.ShouldBe("CN=first");
        spoken.ToString().ShouldBe(protocol);
        _proxy.UrlOf("web").Scheme.ShouldBe("https");
    }

    [Fact]
    public async Task Tls_ChangedFiles_AreUsedForNewConnectionsAndOldOnesGoOn()
    {
        var listener = Tls("first");
        await _proxy.ApplyAsync(ProxyHarness.Pool("web", listener));
        using var client = Client(HttpVersion.Version11);
        (await client.GetAsync("/_lb/x")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        WriteCertificate("second");
        await _proxy.Log.WaitForAsync("was read again");

        (await ShakeHandsAsync()).Subject.ShouldBe("CN=second");
        (await client.GetAsync("/_lb/x")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Tls_BadNewFile_KeepsTheOldAndSaysWhy()
    {
        var listener = Tls("first");
        await _proxy.ApplyAsync(ProxyHarness.Pool("web", listener));

        await File.WriteAllTextAsync(listener.Tls!.CertificatePath, "-----BEGIN nonsense");
        await _proxy.Log.WaitForAsync("Certificate stays as it was");

        (await ShakeHandsAsync()).Subject.ShouldBe("CN=first");
        _proxy.Log.Text.ShouldContain(listener.Tls.CertificatePath);
    }

    [Fact]
    public async Task Tls_SilentFileSystem_IsLookedAtByTheClock()
    {
        var time = new ManualTimeProvider();
        await using var proxy = new ProxyHarness(time);
        var listener = Tls("first");
        await proxy.ApplyAsync(ProxyHarness.Pool("web", listener));

        // A link to a folder that changes elsewhere: no watcher of this folder hears of it.
        var elsewhere = Directory.CreateDirectory(_folder.Combine("elsewhere")).FullName;
        var linked = listener with
        {
            Tls = new TlsOptions { CertificatePath = WriteCertificate("second", "elsewhere/c.pem") },
        };
        await proxy.ApplyAsync(ProxyHarness.Pool("web", linked));
        File.Delete(linked.Tls.CertificatePath);
        Directory.Delete(elsewhere);
        Directory.CreateDirectory(elsewhere);
        WriteCertificate("third", "elsewhere/c.pem");
        time.Advance(TimeSpan.FromMinutes(1));
        await proxy.Log.WaitForAsync("was read again");

        (await ShakeHandsAsync(proxy.UrlOf("web").Port)).Subject.ShouldBe("CN=third");
    }

    [Fact]
    public async Task Tls_BadCertificateAtTheStart_NamesThePoolAndLeavesTheOthers()
    {
        var bad = ProxyHarness.Loopback with { Tls = new TlsOptions { CertificatePath = _folder.Combine("none.pem") } };

        var error = await Should.ThrowAsync<IOException>(
            () => _proxy.ApplyAsync(ProxyHarness.Pool("bad", bad), ProxyHarness.Pool("good")));

        error.Message.ShouldContain("'bad'");
        error.Message.ShouldContain("none.pem");
        (await _proxy.CallAsync("good", "GET", "/_lb/x")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Http2_Listener_SpeaksIt(bool tls)
    {
        await _proxy.ApplyAsync(
            ProxyHarness.Pool("web", (tls ? Tls("web") : ProxyHarness.Loopback) with { Http2 = true }));
        using var client = Client(HttpVersion.Version20);

        using var answer = await client.GetAsync("/_lb/health");

        answer.Version.ShouldBe(HttpVersion.Version20);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    // Who is asked for the key is told by the address that the header gives: /_lb/events is open to this machine.
    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 1000 443\r\n", 401)]
    [InlineData("PROXY TCP6 2001:db8::1 ::1 1000 443\r\n", 401)]
    [InlineData("PROXY TCP4 127.0.0.9 198.51.100.2 1000 443\r\n", 200)]
    [InlineData("PROXY UNKNOWN\r\n", 200)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\x03\xe8\x01\xbb", 401)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\x20\0\0\u0003abc", 200)]
    public async Task ProxyProtocol_TrustedHeader_GivesTheClientsAddress(string header, int status)
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool("web", Behind(Loopback)));
        using var connection = await _proxy.ConnectAsync("web");

        // Byte by byte at first: a header may come in pieces.
        foreach (var part in header)
            await connection.SendAsync($"{part}");
        await connection.SendAsync("GET /_lb/events HTTP/1.1\r\nHost: x\r\n\r\n");

        (await connection.ReadAsync(hasBody: false)).Status.ShouldBe(status);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("PROXY TCP4 1 2 3 4\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    public async Task ProxyProtocol_NoOrBadHeader_ClosesTheConnection(string bytes)
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool("web", Behind(Loopback)));
        using var connection = await _proxy.ConnectAsync("web");

        await connection.SendAsync(bytes);

        await IsClosedAsync(connection);
    }

    [Fact]
    public async Task ProxyProtocol_HeaderOfAStranger_ClosesTheConnection()
    {
        await _proxy.ApplyAsync(
            ProxyHarness.Pool("web", Behind(new NetworkList([IPNetwork.Parse("10.0.0.0/8")]))));

        try
        {
            using var connection = await _proxy.ConnectAsync("web");
            await connection.SendAsync("PROXY UNKNOWN\r\nGET /_lb/health HTTP/1.1\r\nHost: x\r\n\r\n");
            await IsClosedAsync(connection);
        }
        catch (SocketException exception)
        {
            // A stranger is refused before it says a word, so the end may overtake the connect's own return.
            exception.SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
        }
    }

    [Fact]
    public async Task ProxyProtocol_HeaderThatDoesNotCome_ClosesTheConnectionInTime()
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool(
            "web", Behind(Loopback) with { HeadersTimeout = TimeSpan.FromMilliseconds(50) }));
        using var connection = await _proxy.ConnectAsync("web");

        await connection.SendAsync("PROXY TC");

        await IsClosedAsync(connection);
        _proxy.Log.Text.ShouldContain("did not come in time");
    }

    [Fact]
    public async Task ProxyProtocol_BeforeTls_LeavesTheHandshakeAlone()
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool("web", Behind(Loopback) with { Tls = Tls("web").Tls }));

        var (subject, _) = await ShakeHandsAsync(before: "PROXY TCP4 192.0.2.1 198.51.100.2 1000 443\r\n");

        subject.ShouldBe("CN=web");
    }

    [Fact]
    public async Task Connections_BeyondTheMost_AreClosed()
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool("web", ProxyHarness.Loopback with { ConnectionsMax = 1 }));
        using var first = await _proxy.ConnectAsync("web");
        await first.SendAsync("GET /_lb/x HTTP/1.1\r\nHost: x\r\n\r\n");
        (await first.ReadAsync()).Status.ShouldBe(404);

        using var second = await _proxy.ConnectAsync("web");
        await second.SendAsync("GET /_lb/x HTTP/1.1\r\nHost: x\r\n\r\n");

        await IsClosedAsync(second);
    }

    [Fact]
    public async Task Head_ThatDoesNotEnd_Is408InTime()
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool(
            "web", ProxyHarness.Loopback with { HeadersTimeout = TimeSpan.FromMilliseconds(100) }));
        using var connection = await _proxy.ConnectAsync("web");

        await connection.SendAsync("GET / HTTP/1.1\r\nHost: x\r\nX-A: ");

        (await connection.ReadAsync()).Status.ShouldBe(408);
    }

    private static ListenerOptions Behind(NetworkList trusted) =>
        ProxyHarness.Loopback with { ProxyProtocol = true, TrustedProxies = trusted };

    // A connection that is closed over bytes that nobody read ends in a reset.
    private static async Task IsClosedAsync(Hosting.RawConnection connection)
    {
        var end = await Should.ThrowAsync<Exception>(() => connection.ReadAsync());
        if (end is not IOException)
            end.Message.ShouldBe("Closed before an answer was whole: ''");
    }

    private ListenerOptions Tls(string name) =>
        ProxyHarness.Loopback with { Tls = new TlsOptions { CertificatePath = WriteCertificate(name) } };

    // Moved into place, as tools that renew certificates do.
    private string WriteCertificate(string name, string file = "c.pem")
    {
        using var certificate = TestCertificates.Make(name);
        var path = _folder.Combine(file);
        File.WriteAllText(path + ".new", $"{certificate.ExportCertificatePem()}\n{certificate.KeyPem()}\n");
        File.Move(path + ".new", path, overwrite: true);
        return path;
    }

    private HttpClient Client(Version version)
    {
        var handler = new SocketsHttpHandler();
#pragma warning disable CA5359 // The certificate is the test's own, and its subject is what the test looks at.
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        return new HttpClient(handler)
        {
            BaseAddress = _proxy.UrlOf("web"),
            DefaultRequestVersion = version,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    private async Task<(string Subject, SslApplicationProtocol Protocol)> ShakeHandsAsync(
        int? port = null, string before = "")
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port ?? _proxy.UrlOf("web").Port);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(before));
        await using var tls = new SslStream(client.GetStream());
        using var guard = new CancellationTokenSource(TestSignal.Guard);
#pragma warning disable CA5359 // As above.
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                EnabledSslProtocols = SslProtocols.None,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
            },
            guard.Token);
#pragma warning restore CA5359
        return (new X509Certificate2(tls.RemoteCertificate!).Subject, tls.NegotiatedApplicationProtocol);
    }
}
