using System.Buffers;
using System.Net;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.AspNetCore.Connections;

namespace ActorBalancer.Api.Proxying.Listening;

/// <summary>
/// Takes the PROXY header from the beginning of each connection, before TLS, and gives the connection the client's
/// address. A connection without one, with a bad one, or of somebody who is not trusted is closed without a word.
/// </summary>
/// <param name="next">What is done with the connection then.</param>
/// <param name="options">Who is trusted, and how long a header may take.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told why a connection is closed.</param>
internal sealed class ProxyProtocolConnection(
    ConnectionDelegate next, ListenerOptions options, TimeProvider time, ILogger log)
{
    /// <summary>Handles one connection.</summary>
    public async Task InvokeAsync(ConnectionContext connection)
    {
        var reason = options.TrustedProxies.Contains((connection.RemoteEndPoint as IPEndPoint)?.Address)
            ? await TakeAsync(connection)
            : "its address is not one of the trusted proxies";
        if (reason is null)
        {
            await next(connection);
            return;
        }

        ProxyLog.ProxyHeaderRefused(log, connection.RemoteEndPoint, reason);
        connection.Abort(new ConnectionAbortedException(reason));
    }

    // Returns why the connection must be closed; null when it need not.
    private async Task<string?> TakeAsync(ConnectionContext connection)
    {
        using var patience = new CancellationTokenSource(options.HeadersTimeout, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, connection.ConnectionClosed);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(end.Token);
                var result = Read(read.Buffer, out var header);
                if (result == true)
                {
                    input.AdvanceTo(read.Buffer.GetPosition(header.Length));
                    connection.RemoteEndPoint = header.Source ?? connection.RemoteEndPoint;
                    connection.LocalEndPoint = header.Destination ?? connection.LocalEndPoint;
                    return null;
                }

                input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (result == false)
                    return "it does not begin with a right PROXY header";
                if (read.IsCompleted)
                    return "it ended within its PROXY header";
            }
        }
        catch (OperationCanceledException)
        {
            return "its PROXY header did not come in time";
        }
        catch (Exception exception) when (exception is IOException or ConnectionAbortedException)
        {
            return "it broke off within its PROXY header";
        }
    }

    private static bool? Read(in ReadOnlySequence<byte> buffer, out ProxyHeader header)
    {
        if (buffer.IsSingleSegment)
            return ProxyHeader.TryRead(buffer.FirstSpan, out header);
        Span<byte> bytes = stackalloc byte[ProxyHeader.BytesMax];
        bytes = bytes[..(int)Math.Min(buffer.Length, bytes.Length)];
        buffer.Slice(0, bytes.Length).CopyTo(bytes);
        return ProxyHeader.TryRead(bytes, out header);
    }
}
