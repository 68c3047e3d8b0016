using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Proxying;

/// <summary>Checks over real sockets to a server that answers with the bytes it is given.</summary>
public sealed class HealthProbeTests : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly HealthProbe _probe = new(TimeProvider.System, null);
    private readonly List<string> _asked = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _serving = Task.CompletedTask;

    [Theory]
    [InlineData("200 OK", HealthAlgorithm.HttpStatus, null)]
    [InlineData("204 No Content", HealthAlgorithm.HttpStatus, null)]
    [InlineData("302 Found\r\nLocation: http://127.0.0.1:1/", HealthAlgorithm.HttpStatus, "answered 302")]
    [InlineData("404 Not Found", HealthAlgorithm.HttpStatus, "answered 404")]
    [InlineData("500 Oops", HealthAlgorithm.HttpStatus, "answered 500")]
    [InlineData("500 Oops", HealthAlgorithm.Http, null)]
    [InlineData("302 Found\r\nLocation: http://127.0.0.1:1/", HealthAlgorithm.Http, null)]
    public async Task Check_Status_DecidesByTheAlgorithm(string head, HealthAlgorithm algorithm, string? error)
    {
        Serve($"HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n");

        var result = await CheckAsync(new HealthOptions { Algorithm = algorithm });

        result.Error.ShouldBe(error);
        result.IsGood.ShouldBe(error is null);
    }

    [Fact]
    public async Task Check_Request_IsAsConfiguredOnAConnectionOfItsOwn()
    {
        Serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        var options = new HealthOptions
        {
            Path = "/up?deep=1",
            Method = "HEAD",
            Headers = new Dictionary<string, string> { ["Host"] = "inside.test", ["X-Key"] = "k" },
        };

        await CheckAsync(options, "/base/");
        await CheckAsync(options, "/base/");

        _asked.Count.ShouldBe(2);
        _asked[0].ShouldStartWith("HEAD /base/up?deep=1 HTTP/1.1\r\n");
        _asked[0].ShouldContain("Host: inside.test\r\n");
        _asked[0].ShouldContain("X-Key: k\r\n");
    }

    [Fact]
    public async Task Check_BodyThatNeverEnds_IsNotRead()
    {
        Serve("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");

        (await CheckAsync(new HealthOptions { Timeout = TestSignal.Guard })).Error.ShouldBeNull();
    }

    [Fact]
    public async Task Check_HugeHead_Fails()
    {
        Serve($"HTTP/1.1 200 OK\r\nX: {new string('x', 1 << 20)}\r\n\r\n");

        (await CheckAsync(new HealthOptions { Timeout = TestSignal.Guard })).IsGood.ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("SSH-2.0-x\r\n\r\n")]
    public async Task Check_NoHttp_Fails(string answer)
    {
        Serve(answer, andClose: true);

        var result = await CheckAsync(new HealthOptions { Timeout = TestSignal.Guard });

        result.IsGood.ShouldBeFalse();
        result.Error.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Check_Silence_TimesOut()
    {
        Serve("");

        var result = await CheckAsync(new HealthOptions { Timeout = TimeSpan.FromMilliseconds(50) });

        result.Error.ShouldBe("timed out after 50 ms");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Check_CertificateOfNobody_IsRefusedUnlessSwitchedOff(bool verify)
    {
        using var certificate = MakeCertificate();
        _listener.Start();
        var serving = ServeTlsAsync(certificate);
        var url = Url("/").Replace("http:", "https:");

        var result = await _probe.CheckAsync(
            Backend(url, new HealthOptions { Timeout = TestSignal.Guard }) with { VerifyTls = verify }, default);

        result.IsGood.ShouldBe(!verify, result.Error);
        await serving;
    }

    /// <summary>Requests would fail there too.</summary>
    [Fact]
    public async Task Check_Http2OverTlsButTheServerKnowsHttp1Alone_Fails()
    {
        using var certificate = MakeCertificate();
        _listener.Start();
        var serving = ServeTlsAsync(certificate);
        var url = Url("/").Replace("http:", "https:");
        var backend = Backend(url, new HealthOptions { Timeout = TestSignal.Guard });

        var result = await _probe.CheckAsync(backend with { Http2 = true, VerifyTls = false }, default)
            .WaitAsync(TestSignal.Guard);

        result.Error.ShouldNotBeNull().ShouldContain("HTTP/2");
        await _stop.CancelAsync();
        await serving.WaitAsync(TestSignal.Guard);
    }

    [Fact]
    public async Task Check_Refused_SaysSo()
    {
        _listener.Start();
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _listener.Stop();

        var result = await _probe.CheckAsync(Backend($"http://127.0.0.1:{port}", new HealthOptions()), default);

        result.Error.ShouldBe("Connection refused");
    }

    [Fact]
    public async Task Check_FunctionThatBlocksItsThread_TimesOutAndIsNotCalledAgainMeanwhile()
    {
        using var held = new ManualResetEventSlim();
        var calls = 0;
        var options = new HealthOptions
        {
            Timeout = TimeSpan.FromMilliseconds(50),
            Check = (_, _) =>
            {
                Interlocked.Increment(ref calls);
                held.Wait(CancellationToken.None);
                return new(true);
            },
        };

        (await CheckAsync(options)).Error.ShouldBe("timed out after 50 ms");
        (await CheckAsync(options)).Error.ShouldBe("the check before has not ended yet");

        calls.ShouldBe(1);
        held.Set();
    }

    [Fact]
    public async Task Check_NobodyWantsToKnow_Throws()
    {
        Serve("");
        using var stopped = new CancellationTokenSource();
        var backend = Backend(Url("/"), new HealthOptions { Timeout = TestSignal.Guard });
        var check = _probe.CheckAsync(backend, stopped.Token);

        await stopped.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(check);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _probe.Dispose();
        _stop.Dispose();
    }

    private static BackendOptions Backend(string url, HealthOptions health) =>
        new() { Id = "a", Url = new Uri(url), Health = health };

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        return new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private string Url(string path) => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{path}";

    private Task<CheckResult> CheckAsync(HealthOptions health, string path = "/") =>
        _probe.CheckAsync(Backend(_listener.Server.IsBound ? Url(path) : "http://a.test", health), default)
            .WaitAsync(TestSignal.Guard);

    private void Serve(string answer, bool andClose = false)
    {
        _listener.Start();
        _serving = ServeAsync(Encoding.Latin1.GetBytes(answer), andClose);
    }

    private async Task ServeTlsAsync(X509Certificate2 certificate)
    {
        using var socket = await _listener.AcceptSocketAsync(_stop.Token);
        await using var stream = new SslStream(new NetworkStream(socket));
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = certificate }, _stop.Token);
            _ = await stream.ReadAtLeastAsync(new byte[8192], 1, cancellationToken: _stop.Token);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), _stop.Token);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException
            or OperationCanceledException)
        {
            // What the client does that does not trust the certificate.
        }
    }

    private async Task ServeAsync(byte[] answer, bool andClose)
    {
        var open = new List<Socket>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                open.Add(socket);
                var buffer = new byte[8192];
                var read = await socket.ReceiveAsync(buffer, _stop.Token);
                _asked.Add(Encoding.Latin1.GetString(buffer, 0, read));
                try
                {
                    await socket.SendAsync(answer, _stop.Token);
                }
                catch (SocketException)
                {
                    // The other side had enough of it.
                }

                if (andClose)
                    socket.Dispose();
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            open.ForEach(static socket => socket.Dispose());
        }
    }
}
