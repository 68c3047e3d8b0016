using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using ActorBalancer.EndToEnd.Balancer;
using ActorBalancer.Testing.Workers;
using Shouldly;

namespace ActorBalancer.EndToEnd.Proxy;

/// <summary>The balancer as a process with a proxy in it.</summary>
internal sealed class ProxyProcess : IAsyncDisposable
{
    private ProxyProcess(ChildProcess process, Uri url)
    {
        Process = process;
        Url = url;
        var handler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false };
#pragma warning disable CA5359 // The certificates are the tests' own.
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        Http = new HttpClient(handler) { BaseAddress = url, Timeout = TimeSpan.FromMinutes(1) };
    }

    public ChildProcess Process { get; }

    /// <summary>Where the first pool listens.</summary>
    public Uri Url { get; }

    /// <summary>Keeps no cookies.</summary>
    public HttpClient Http { get; }

    /// <summary>The version that <see cref="SendAsync"/> speaks, and no other.</summary>
    public Version Version { get; set; } = HttpVersion.Version11;

    /// <summary>Starts one with a file of smart-stick, which is written to <c>config.json</c>.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="port">Where the pool is to listen; the file says the same.</param>
    /// <param name="config">The file's content.</param>
    public static async Task<ProxyProcess> StartAsync(TemporaryFolder folder, int port, string config)
    {
        await WriteAsync(folder, "config.json", config);
        return await StartAsync(folder, new Uri($"http://127.0.0.1:{port}"), ("PROXY_CONFIG", "config.json"));
    }

    /// <summary>Starts one and waits until it listens everywhere.</summary>
    public static async Task<ProxyProcess> StartAsync(
        TemporaryFolder folder, Uri url, params (string Name, string Value)[] settings)
    {
        await File.WriteAllTextAsync(folder.Combine("workers.json"), "[]");
        var process = BalancerProcess.Launch(
            folder, [], [("PORT", $"{FreePort.Next()}"), ("LB_AUTH_KEY", BalancerProcess.Key), .. settings]);
        await process.WaitForLineAsync("Listening on");
        return new ProxyProcess(process, url);
    }

    /// <summary>Puts a file in its place in one step.</summary>
    public static async Task WriteAsync(TemporaryFolder folder, string name, string content)
    {
        await File.WriteAllTextAsync(folder.Combine(name + ".new"), content);
        File.Move(folder.Combine(name + ".new"), folder.Combine(name), overwrite: true);
    }

    /// <summary>Sends a request without body.</summary>
    public async Task<(HttpResponseMessage Answer, string Text)> SendAsync(
        HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Version = Version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var answer = await Http.SendAsync(request);
        return (answer, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Sends a GET and gives what it says.</summary>
    public async Task<string> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        var (answer, text) = await SendAsync(HttpMethod.Get, path, headers);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return text;
    }

    /// <summary>Gives an order, or asks what needs the key.</summary>
    public async Task<JsonElement> ControlAsync(HttpMethod method, string path)
    {
        var (answer, text) = await SendAsync(method, path, ("Authorization", $"Bearer {BalancerProcess.Key}"));
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonElement.Parse(text);
    }

    /// <summary>Opens a WebSocket.</summary>
    public async Task<ClientWebSocket> OpenSocketAsync(string path, string? cookie = null)
    {
        var socket = new ClientWebSocket();
        if (cookie is not null)
            socket.Options.SetRequestHeader("Cookie", cookie);
        await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{Url.Port}{path}"), CancellationToken.None);
        return socket;
    }

    /// <summary>Sends a text over a WebSocket and gives what comes back.</summary>
    public static async Task<string> EchoAsync(WebSocket socket, string text)
    {
        using var guard = new CancellationTokenSource(Testing.TestSignal.Guard);
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, guard.Token);
        var buffer = new byte[1024];
        var read = await socket.ReceiveAsync(buffer, guard.Token);
        return Encoding.UTF8.GetString(buffer, 0, read.Count);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Process.DisposeAsync();
    }
}
