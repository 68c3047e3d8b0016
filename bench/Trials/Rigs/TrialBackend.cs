using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Trials.Rigs;

/// <summary>
/// A backend as a process of its own: this program, called with <c>backend PORT ID</c>. It has no limits of its own, so
/// that what is cut was cut by the proxy in front. <c>/hang</c> never answers, <c>/big</c> answers without end,
/// <c>/upload</c> reads its body, <c>/ws</c> echoes, <c>/active</c> says how many of these run; everything else is answered
/// with the id.
/// </summary>
internal sealed class TrialBackend(int id)
{
    /// <summary>A WebSocket message that is answered with the id.</summary>
    public const string Who = "who";

    private static readonly byte[] Piece = new byte[16 * 1024];

    private readonly byte[] _name = Encoding.ASCII.GetBytes(id.ToString(CultureInfo.InvariantCulture));
    private int _active;

    /// <summary>Serves until the process is killed.</summary>
    public async Task RunAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestBodySize = null;
        });
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(ServeAsync);
        await app.RunAsync();
    }

    private Task ServeAsync(HttpContext context)
    {
        switch (context.Request.Path.Value)
        {
            case "/active":
                return AnswerAsync(context, Encoding.ASCII.GetBytes($"{Volatile.Read(ref _active)}"));
            case "/hang":
                return CountAsync(context, static context => Task.Delay(Timeout.Infinite, context.RequestAborted));
            case "/big":
                return CountAsync(context, SendWithoutEndAsync);
            case "/upload":
                return CountAsync(context, async context =>
                {
                    await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                    await AnswerAsync(context, _name);
                });
            case "/ws" when context.WebSockets.IsWebSocketRequest:
                return CountAsync(context, EchoAsync);
            default:
                return AnswerAsync(context, _name);
        }
    }

    private static Task AnswerAsync(HttpContext context, byte[] body)
    {
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }

    private async Task CountAsync(HttpContext context, Func<HttpContext, Task> serve)
    {
        Interlocked.Increment(ref _active);
        try
        {
            await serve(context);
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or IOException or WebSocketException
                or BadHttpRequestException)
        {
            // The client's side is gone, which is what most trials do.
        }
        finally
        {
            Interlocked.Decrement(ref _active);
        }
    }

    private static async Task SendWithoutEndAsync(HttpContext context)
    {
        while (!context.RequestAborted.IsCancellationRequested)
            await context.Response.Body.WriteAsync(Piece, context.RequestAborted);
    }

    private async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4 * 1024];
        while (true)
        {
            var message = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
            if (message.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                return;
            }

            var text = buffer.AsMemory(0, message.Count);
            if (text.Span.SequenceEqual("who"u8))
                text = _name;
            await socket.SendAsync(text, message.MessageType, message.EndOfMessage, context.RequestAborted);
        }
    }
}
