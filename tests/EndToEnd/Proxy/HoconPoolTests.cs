using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Proxy;

/// <summary>Pools of a HOCON file in the real process.</summary>
public sealed class HoconPoolTests
{
    [Fact]
    public async Task Pools_OnOneTlsListener_ServeTheirHostsAndPathsInBothVersions()
    {
        using var folder = new TemporaryFolder();
        await using var site = await TestSite.StartAsync("site");
        await using var api = await TestSite.StartAsync("api", http2: true);
        await WriteCertificateAsync(folder, "first");
        var port = FreePort.Next();
        var listen = $"listen {{ port = {port}, address = 127.0.0.1, http2 = true, tls {{ certificate = site.pem }} }}";
        await ProxyProcess.WriteAsync(folder, "proxy.conf", $$"""
            actorbalancer.proxy.pools {
              site { {{listen}}, backends { a { url = "{{site.Url}}" } } }
              api {
                {{listen}}
                hosts = [api.test]
                paths = [/v1]
                compress = true
                backends { b { url = "{{api.Url}}", http2 = true } }
              }
            }
            """);
        await using var proxy = await ProxyProcess.StartAsync(
            folder, new Uri($"https://127.0.0.1:{port}"), ("HOCON_FILE", "proxy.conf"));

        (await proxy.GetAsync("/v1/x")).ShouldBe("site /v1/x HTTP/1.1");
        (await proxy.GetAsync("/v1/x", ("Host", "api.test"))).ShouldBe("api /v1/x HTTP/2");
        (await proxy.SendAsync(HttpMethod.Get, "/v2", ("Host", "api.test"))).Answer.StatusCode
            .ShouldBe(HttpStatusCode.NotFound);
        proxy.Version = HttpVersion.Version20;
        (await proxy.GetAsync("/v1/x")).ShouldBe("site /v1/x HTTP/1.1");
        (await proxy.GetAsync("/v1/y", ("Host", "api.test"))).ShouldBe("api /v1/y HTTP/2");
        var (large, _) = await proxy.SendAsync(
            HttpMethod.Get, "/v1/large", ("Host", "api.test"), ("Accept-Encoding", "gzip"));
        large.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);

        await WriteCertificateAsync(folder, "second");
        await proxy.Process.WaitForLineAsync("was read again");

        (await SubjectAsync(port)).ShouldBe("CN=second");
        (await proxy.GetAsync("/v1/z", ("Host", "api.test"))).ShouldBe("api /v1/z HTTP/2");
    }

    [Fact]
    public async Task Drain_ByOrder_KeepsSessionsAndSaysWhenItIsDone()
    {
        using var folder = new TemporaryFolder();
        await using var first = await TestSite.StartAsync("first");
        await using var second = await TestSite.StartAsync("second");
        var port = FreePort.Next();
        await ProxyProcess.WriteAsync(folder, "proxy.conf", $$"""
            actorbalancer.proxy.pools.web {
              listen { port = {{port}}, address = 127.0.0.1 }
              backends { 1 { url = "{{first.Url}}" }, 2 { url = "{{second.Url}}" } }
              drain { session-idle = 100ms }
              access-log { format = json, path = access.log }
            }
            """);
        await using var proxy = await ProxyProcess.StartAsync(
            folder, new Uri($"http://127.0.0.1:{port}"), ("HOCON_FILE", "proxy.conf"));
        using var events = await ProxyEvents.OpenAsync(proxy);
        using var socket = await proxy.OpenSocketAsync("/socket", "X-Backend-ID=1");

        var order = await proxy.ControlAsync(HttpMethod.Post, "/_lb/backends/1/drain");

        order.GetProperty("state").GetString().ShouldBe("drain");
        order.GetProperty("drained").GetBoolean().ShouldBeFalse();
        for (var i = 0; i < 4; i++)
            (await proxy.GetAsync("/")).ShouldStartWith("second ");
        (await ProxyProcess.EchoAsync(socket, "still here")).ShouldBe("still here");

        // Clients of before the drain count as one session until they have been away for long enough.
        while (await SessionsAsync(proxy) > 1)
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        (await SessionsAsync(proxy)).ShouldBe(1);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        (await events.WaitForAsync("drained", static _ => true)).GetProperty("backendId").GetInt32().ShouldBe(1);
        (await proxy.GetAsync("/", ("Cookie", "X-Backend-ID=1"))).ShouldStartWith("second ");
        await proxy.ControlAsync(HttpMethod.Post, "/_lb/backends/1/up");
        (await proxy.GetAsync("/", ("Cookie", "X-Backend-ID=1"))).ShouldStartWith("first ");

        proxy.Process.Signal("TERM");
        (await proxy.Process.WaitForExitAsync()).ShouldBe(0);
        (await File.ReadAllLinesAsync(folder.Combine("access.log"))).Length.ShouldBeGreaterThanOrEqualTo(7);
    }

    [Fact]
    public async Task Start_PortTaken_NamesPoolAndPort()
    {
        using var folder = new TemporaryFolder();
        await using var site = await TestSite.StartAsync("site");
        await ProxyProcess.WriteAsync(folder, "proxy.conf", $$"""
            actorbalancer.proxy.pools.web {
              listen { port = {{site.Port}}, address = 127.0.0.1 }
              backends { a { url = "{{site.Url}}" } }
            }
            """);
        await using var process = Balancer.BalancerProcess.Launch(
            folder, [], [("PORT", $"{FreePort.Next()}"), ("LB_AUTH_KEY", "k"), ("HOCON_FILE", "proxy.conf")]);

        (await process.WaitForExitAsync()).ShouldBe(1);

        (await process.ReadErrorsAsync()).ShouldContain(
            $"Proxy pool 'web' cannot listen on port {site.Port}: ");
    }

    private static async Task<int> SessionsAsync(ProxyProcess proxy) =>
        (await proxy.ControlAsync(HttpMethod.Get, "/_lb/backends"))
            .GetProperty("backends")[0].GetProperty("sessions").GetInt32();

    private static async Task<string> SubjectAsync(int port)
    {
        var subject = "";
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
        {
            // The tests' own certificates, which they have signed themselves.
            subject = certificate!.Subject;
            return subject == certificate.Issuer;
        };
        using var client = new HttpClient(handler);
        using var answer = await client.GetAsync(new Uri($"https://127.0.0.1:{port}/_lb/health"));
        return subject;
    }

    private static async Task WriteCertificateAsync(TemporaryFolder folder, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await ProxyProcess.WriteAsync(
            folder, "site.pem", $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }
}
