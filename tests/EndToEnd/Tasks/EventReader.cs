using System.Globalization;
using System.Text.Json;
using ActorBalancer.EndToEnd.Balancer;
using Shouldly;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>Reads server-sent events, as the HTML standard has them (section 9.2.6).</summary>
internal sealed class EventReader : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _lines;

    private EventReader(HttpResponseMessage answer, Stream stream)
    {
        _answer = answer;
        _lines = new StreamReader(stream);
    }

    /// <summary>Opens the events of a task.</summary>
    /// <param name="balancer">The balancer.</param>
    /// <param name="id">The task.</param>
    /// <param name="after">Value of <c>Last-Event-ID</c>; null for none.</param>
    public static async Task<EventReader> OpenAsync(BalancerProcess balancer, string id, long? after = null)
    {
        (string, string)[] headers = after is { } last ? [("Last-Event-ID", $"{last}")] : [];
        var answer = await balancer.OpenAsync(HttpMethod.Get, $"/task/{id}/events", null, headers);
        ((int)answer.StatusCode).ShouldBe(200);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return new EventReader(answer, await answer.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event; null when there will be none.</summary>
    public async Task<ServerEvent?> ReadAsync()
    {
        var id = -1L;
        var kind = "";
        while (await _lines.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = long.Parse(line.AsSpan(4), CultureInfo.InvariantCulture);
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
                kind = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                return new ServerEvent(id, kind, JsonElement.Parse(line[6..]));
        }

        return null;
    }

    /// <summary>All events to the stream's end.</summary>
    public async Task<List<ServerEvent>> ReadAllAsync()
    {
        var all = new List<ServerEvent>();
        while (await ReadAsync() is { } next)
            all.Add(next);
        return all;
    }

    public void Dispose()
    {
        _lines.Dispose();
        _answer.Dispose();
    }
}

/// <summary>One event.</summary>
internal sealed record ServerEvent(long Id, string Kind, JsonElement Data);
