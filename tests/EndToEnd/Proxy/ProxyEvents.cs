using System.Text.Json;
using ActorBalancer.Testing;

namespace ActorBalancer.EndToEnd.Proxy;

/// <summary>Reads <c>/_lb/events</c>.</summary>
internal sealed class ProxyEvents : IDisposable
{
    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _lines;

    private ProxyEvents(HttpResponseMessage answer, Stream stream)
    {
        _answer = answer;
        _lines = new StreamReader(stream);
    }

    public static async Task<ProxyEvents> OpenAsync(ProxyProcess proxy)
    {
        var answer = await proxy.Http.GetAsync("/_lb/events", HttpCompletionOption.ResponseHeadersRead);
        return new ProxyEvents(answer.EnsureSuccessStatusCode(), await answer.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event.</summary>
    /// <exception cref="EndOfStreamException">There are no more.</exception>
    public async Task<(string Kind, JsonElement Data)> ReadAsync()
    {
        using var guard = new CancellationTokenSource(TestSignal.Guard);
        var kind = "";
        while (await _lines.ReadLineAsync(guard.Token) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                kind = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                return (kind, JsonElement.Parse(line[6..]));
        }

        throw new EndOfStreamException();
    }

    /// <summary>The next event of a kind that is as wanted; others are passed over.</summary>
    public async Task<JsonElement> WaitForAsync(string kind, Func<JsonElement, bool> isWanted)
    {
        while (true)
        {
            var (each, data) = await ReadAsync();
            if (each == kind && isWanted(data))
                return data;
        }
    }

    public void Dispose()
    {
        _lines.Dispose();
        _answer.Dispose();
    }
}
