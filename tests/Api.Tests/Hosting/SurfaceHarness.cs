using System.Net;
using System.Text;
using System.Text.Json;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Security;
using ActorBalancer.Api.Tests.Configuration;
using Microsoft.AspNetCore.Routing;

namespace ActorBalancer.Api.Tests.Hosting;

/// <summary>A whole balancer in the test's process, with every route that a real one has, on a free port of
/// loopback.</summary>
internal sealed class SurfaceHarness : IAsyncDisposable
{
    public const string Key = "the-Balancer-Key-7f3a";

    private readonly SettingsProbe _probe;
    private readonly BalancerHost _host;
    private readonly MemoryStream _output;
    private bool _isStopped;

    private SurfaceHarness(SettingsProbe probe, BalancerHost host, MemoryStream output)
    {
        _probe = probe;
        _host = host;
        _output = output;
        BaseUri = new Uri(host.Urls.First());
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = BaseUri,
        };
    }

    public Uri BaseUri { get; }

    public HttpClient Client { get; }

    /// <summary>The value of <c>Cookie</c> that a login gives now.</summary>
    public string Session { get; } =
        $"{SessionCookie.Name}={new SessionTokens(Key, TimeProvider.System).Issue()}";

    /// <summary>The routes of the running server.</summary>
    public IReadOnlyList<RouteEndpoint> Routes => [.. _host.Endpoints.Cast<RouteEndpoint>()];

    /// <summary>Writes the file of the workers anew; the balancer sees it.</summary>
    public void WriteWorkers(params string[] urls) => _probe.Write("workers.json", JsonSerializer.Serialize(urls));

    /// <summary>Ends the balancer.</summary>
    /// <returns>All that it logged, at every level.</returns>
    public async Task<string> StopAsync()
    {
        if (!_isStopped)
        {
            _isStopped = true;
            await _host.StopAsync(CancellationToken.None);
            await _host.DisposeAsync();
        }

        return Encoding.UTF8.GetString(_output.ToArray());
    }

    public static async Task<SurfaceHarness> StartAsync(params (string Name, string Value)[] settings)
    {
        var probe = new SettingsProbe().Write("workers.json", "[]");
        probe.Variable("STORE", "memory").Variable("PORT", "0").Variable("BIND_ADDRESS", "127.0.0.1")
            .Variable("LB_AUTH_KEY", Key).Variable("LOG_LEVEL", "silly");
        foreach (var (name, value) in settings)
            probe.Variable(name, value);
        var output = new MemoryStream();
        var host = BalancerHost.Create(probe.Settings(), Key, output);
        await host.StartAsync(CancellationToken.None);
        return new SurfaceHarness(probe, host, output);
    }

    /// <summary>Sends a request without a key and without a session, save those of <paramref name="headers"/>.</summary>
    public Task<EdgeAnswer> SendAsync(string method, string path, params (string Name, string Value)[] headers) =>
        SendBodyAsync(method, path, null, null, headers);

    /// <summary>The same with a body.</summary>
    public async Task<EdgeAnswer> SendBodyAsync(
        string method, string path, string? type, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request);
        return await EdgeAnswer.OfAsync(response);
    }

    /// <summary>Opens a connection on which a test writes the bytes of a request itself.</summary>
    public Task<RawConnection> ConnectAsync() =>
        RawConnection.OpenAsync(new IPEndPoint(IPAddress.Loopback, BaseUri.Port));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await StopAsync();
        _probe.Dispose();
    }
}
