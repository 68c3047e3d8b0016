using System.Collections.Concurrent;
using System.Globalization;
using ActorBalancer.Testing.Workers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Trials.Rigs;

/// <summary>Takes webhooks, and notes them before it answers.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<ReceivedWebhook>> _calls =
        new(StringComparer.Ordinal);

    private Receiver(WebApplication app, int port)
    {
        _app = app;
        Url = $"http://127.0.0.1:{port}/hook";
        Port = port;
    }

    /// <summary>Where it listens.</summary>
    public string Url { get; }

    /// <summary>Port of <see cref="Url"/>.</summary>
    public int Port { get; }

    /// <summary>Ids of the tasks whose results came.</summary>
    public IEnumerable<string> TaskIds => _calls.Keys;

    /// <summary>Calls so far.</summary>
    public int Count => _calls.Values.Sum(static calls => calls.Count);

    /// <summary>Starts one on a free port.</summary>
    public static async Task<Receiver> StartAsync()
    {
        var port = FreePort.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var receiver = new Receiver(app, port);
        app.MapPost("/hook", receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>The calls for a task, in order.</summary>
    public IReadOnlyList<ReceivedWebhook> Calls(string taskId)
        => _calls.TryGetValue(taskId, out var calls) ? [.. calls] : [];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        var headers = context.Request.Headers;
        var seconds = long.Parse(headers["webhook-timestamp"].ToString(), CultureInfo.InvariantCulture);
        _calls.GetOrAdd(headers["x-task-id"].ToString(), static _ => new())
            .Enqueue(new ReceivedWebhook(
                headers["webhook-id"].ToString(),
                DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime,
                DateTime.UtcNow));
    }
}

/// <summary>A webhook that came.</summary>
/// <param name="MessageId">Header <c>webhook-id</c>.</param>
/// <param name="SentAt">Header <c>webhook-timestamp</c>, whole seconds: a busy receiver may read the call long
/// after the sender was killed.</param>
/// <param name="At">When it was read.</param>
internal sealed record ReceivedWebhook(string MessageId, DateTime SentAt, DateTime At);
