using System.Net;
using System.Text;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Logging;
using ActorBalancer.Api.Tests.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace ActorBalancer.Api.Tests.Hosting;

/// <summary>The real server on a free port of loopback, with a scripted engine behind it.</summary>
internal sealed class EdgeHarness : IAsyncDisposable
{
    public const string Key = "the-Balancer-Key-7f3a";
    public const string WorkerKey = "the-Worker-Key-91c4";

    private EdgeHarness(WebApplication app, ScriptedBalancer balancer, CollectedLog log, LogRing logs)
    {
        Logs = logs;
        App = app;
        Balancer = balancer;
        Log = log;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        BaseUri = new Uri(addresses.Addresses.First());
        Client = new HttpClient { BaseAddress = BaseUri };
    }

    public WebApplication App { get; }

    public ScriptedBalancer Balancer { get; }

    public CollectedLog Log { get; }

    public Uri BaseUri { get; }

    public HttpClient Client { get; }

    /// <summary>What <c>GET /logs</c> shows.</summary>
    public LogRing Logs { get; }

    /// <summary>The same as lines; to set them adds them.</summary>
    public IReadOnlyList<string> LogLines
    {
        get => Logs.Snapshot();
        set
        {
            foreach (var line in value)
                Logs.Add(LogEntries.Bare(line));
        }
    }

    public static async Task<EdgeHarness> StartAsync(
        Func<EdgeOptions, EdgeOptions>? change = null,
        TimeProvider? time = null,
        Action<IEndpointRouteBuilder>? mapMore = null)
    {
        var balancer = new ScriptedBalancer();
        var log = new CollectedLog();
        var options = new EdgeOptions { AuthKey = Key, Port = 0, StopTimeout = TimeSpan.Zero };
        var logs = new LogRing(1000);
        var app = EdgeServer.Build(
            change?.Invoke(options) ?? options,
            balancer,
            logs,
            log,
            time ?? TimeProvider.System,
            mapMore);
        await app.StartAsync();
        return new EdgeHarness(app, balancer, log, logs);
    }

    /// <summary>Sends a body to <c>POST /task</c> with both keys.</summary>
    public Task<EdgeAnswer> PostTaskAsync(string json, Action<HttpRequestMessage>? change = null) =>
        PostTaskAsync(Encoding.UTF8.GetBytes(json), change);

    public async Task<EdgeAnswer> PostTaskAsync(byte[] body, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/task");
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        request.Headers.TryAddWithoutValidation("Authorization", Key);
        request.Headers.TryAddWithoutValidation("x-wr-auth", WorkerKey);
        change?.Invoke(request);
        return await SendAsync(request);
    }

    /// <summary>Sends a request without body and without keys, save those of <paramref name="headers"/>.</summary>
    public async Task<EdgeAnswer> SendAsync(string method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await SendAsync(request);
    }

    /// <summary>Sends a request with the balancer's key, and the headers that are named.</summary>
    public Task<EdgeAnswer> CallAsync(string method, string path, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, [("Authorization", Key), .. headers]);

    /// <summary>Sends a body with the balancer's key, and the headers that are named.</summary>
    public async Task<EdgeAnswer> SendBodyAsync(
        string path, string type, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        request.Headers.TryAddWithoutValidation("Authorization", Key);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await SendAsync(request);
    }

    /// <summary>Opens a connection on which a test writes the bytes of a request itself.</summary>
    public Task<RawConnection> ConnectAsync() =>
        RawConnection.OpenAsync(new IPEndPoint(IPAddress.Loopback, BaseUri.Port));

    private async Task<EdgeAnswer> SendAsync(HttpRequestMessage request)
    {
        using var response = await Client.SendAsync(request);
        return await EdgeAnswer.OfAsync(response);
    }

    /// <summary>Stops the server; open requests may end within the options' time.</summary>
    public Task StopAsync() => App.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
