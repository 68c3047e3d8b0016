using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.Testing.Mail;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.Proxy;

/// <summary>The balancer as a process with a smart-stick file, a mail server and a backend that comes and goes.</summary>
public sealed class AlertsTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeMailServer _mails = new() { Logins = "PLAIN", User = "lb@example.org" };
    private readonly int _backendPort = FreePort.Next();
    private readonly int _proxyPort = FreePort.Next();
    private readonly HttpClient _http = new();
    private TcpListener? _backend;

    public async ValueTask DisposeAsync()
    {
        CloseBackend();
        _http.Dispose();
        await _mails.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Backend_GoesDownAndComesBack_ItsOwnerIsMailed()
    {
        OpenBackend();
        await using var balancer = await StartAsync(_mails.Port);
        (await _http.GetStringAsync($"http://127.0.0.1:{_proxyPort}/")).ShouldBe("here");

        CloseBackend();
        var mail = await _mails.NextAsync();

        mail.To.ShouldBe(["owner@example.org"]);
        mail.From.ShouldBe("lb@example.org");
        mail.Login.ShouldBe("lb@example.org");
        mail.Subject.ShouldBe($"Backend 7 (http://127.0.0.1:{_backendPort}) of pool default is down");
        mail.Text.ShouldContain("Pool default now: 0 of 1 backends are healthy.");

        OpenBackend();
        mail = await _mails.NextAsync();
        mail.To.ShouldBe(["owner@example.org"]);
        mail.Subject.ShouldContain(" of pool default is up again");
        (await _http.GetStringAsync($"http://127.0.0.1:{_proxyPort}/")).ShouldBe("here");
    }

    [Fact]
    public async Task MailServer_ThatIsDead_DisturbsNothing()
    {
        OpenBackend();
        await using var balancer = await StartAsync(mailPort: 1);

        CloseBackend();
        await balancer.Process.WaitForLineAsync("is down");
        OpenBackend();
        await balancer.Process.WaitForLineAsync("is up: 2 good checks");

        (await _http.GetStringAsync($"http://127.0.0.1:{_proxyPort}/")).ShouldBe("here");
    }

    [Fact]
    public async Task File_ThatBecomesWrong_LeavesTheOldOneInForce()
    {
        OpenBackend();
        await using var balancer = await StartAsync(_mails.Port);

        await File.WriteAllTextAsync(_folder.Combine("config.json"), Config(_mails.Port, weight: 0));
        await balancer.Process.WaitForLineAsync("backends[0].weight: '0' (config.json, line 1) is out of range");
        (await _http.GetStringAsync($"http://127.0.0.1:{_proxyPort}/")).ShouldBe("here");

        await File.WriteAllTextAsync(_folder.Combine("config.json"), Config(_mails.Port, weight: 2));
        await balancer.Process.WaitForLineAsync("The configuration of the proxy has changed");
        (await _http.GetStringAsync($"http://127.0.0.1:{_proxyPort}/_lb/health")).ShouldContain("\"weight\":2");
    }

    private async Task<BalancerProcess> StartAsync(int mailPort)
    {
        await File.WriteAllTextAsync(_folder.Combine("config.json"), Config(mailPort, weight: 1));
        await File.WriteAllTextAsync(_folder.Combine("app.conf"), "actorbalancer.proxy.alerts.interval = 1s");
        return await BalancerProcess.StartAsync(
            _folder, [], ("PROXY_CONFIG", "config.json"), ("HOCON_FILE", "app.conf"), ("STORE", "memory"));
    }

    private string Config(int mailPort, int weight) => JsonSerializer.Serialize(new
    {
        port = _proxyPort,
        backends = new[]
        {
            new { id = 7, url = $"http://127.0.0.1:{_backendPort}", weight, owner = "owner@example.org" },
        },
        health = new { interval = 100, timeout = 1000, fall = 2, rise = 2 },
        email = new
        {
            host = "127.0.0.1",
            port = mailPort,
            auth = new { user = "lb@example.org", pass = "password" },
        },
    });

    private void OpenBackend()
    {
        _backend = new TcpListener(IPAddress.Loopback, _backendPort);
        _backend.Start();
        _ = AcceptAsync(_backend);
    }

    private void CloseBackend()
    {
        _backend?.Stop();
        _backend = null;
    }

    // One request a connection, so that a backend that is closed has no connection left.
    private static async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                await AnswerAsync(client.GetStream());
            }
        }
        catch (Exception exception)
            when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed.
        }
    }

    private static async Task AnswerAsync(NetworkStream stream)
    {
        try
        {
            var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }

            await stream.WriteAsync(
                "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhere"u8.ToArray());
        }
        catch (IOException)
        {
            // The caller went away.
        }
    }
}
