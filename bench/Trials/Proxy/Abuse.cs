using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Proxy;

/// <summary>How a client ends its connection before it should.</summary>
internal enum Abuse
{
    /// <summary>Without a word.</summary>
    Silent,

    /// <summary>In the head of the request.</summary>
    InHead,

    /// <summary>In a body with a length.</summary>
    InBody,

    /// <summary>In a chunk.</summary>
    InChunk,

    /// <summary>While the backend thinks.</summary>
    WhileWaiting,

    /// <summary>In the answer's body.</summary>
    InAnswer,

    /// <summary>On an open WebSocket, without a close.</summary>
    InSocket,

    /// <summary>Not at all: a good request.</summary>
    None,
}

/// <summary>Clients that go away in the middle.</summary>
internal static class Abuses
{
    /// <summary>Asks for a WebSocket.</summary>
    public const string Upgrade =
        "GET /ws HTTP/1.1\r\nHost: trial\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private static readonly Abuse[] Kinds = Enum.GetValues<Abuse>();

    // A masked text frame "hello"; the mask is zero.
    private const string Frame = "\u0081\u0085\0\0\0\0hello";

    /// <summary>Connects, and goes away in the way of that number.</summary>
    /// <param name="port">The proxy's port.</param>
    /// <param name="number">Counts the connections.</param>
    /// <param name="random">Chance of this caller.</param>
    /// <returns>What was wrong with an answer; null when nothing was.</returns>
    public static async Task<string?> CommitAsync(int port, int number, Random random)
    {
        var kind = Kinds[number % Kinds.Length];
        try
        {
            using var connection = await RawConnection.OpenAsync(port);
            var fault = await CommitAsync(connection, kind, random);
            if (random.Next(2) == 0)
                connection.Reset();
            return fault is null ? null : $"{kind}: {fault}";
        }
        catch (IOException exception)
        {
            return $"{kind}: {exception.Message}";
        }
    }

    private static async Task<string?> CommitAsync(RawConnection connection, Abuse kind, Random random)
    {
        switch (kind)
        {
            case Abuse.Silent:
                return null;
            case Abuse.InHead:
                await connection.SendAsync("GET / HTTP/1.1\r\nHost: tri");
                return null;
            case Abuse.InBody:
                await connection.SendAsync("POST /upload HTTP/1.1\r\nHost: trial\r\nContent-Length: 10000\r\n\r\nhalf");
                await Task.Delay(random.Next(4));
                return null;
            case Abuse.InChunk:
                await connection.SendAsync(
                    "POST /upload HTTP/1.1\r\nHost: trial\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nhalf");
                await Task.Delay(random.Next(4));
                return null;
            case Abuse.WhileWaiting:
                await connection.SendAsync("GET /hang HTTP/1.1\r\nHost: trial\r\n\r\n");
                await Task.Delay(random.Next(20));
                return null;
            case Abuse.InAnswer:
                await connection.SendAsync("GET /big HTTP/1.1\r\nHost: trial\r\n\r\n");
                return await connection.SkipAsync() > 0 ? null : "no answer came";
            case Abuse.InSocket:
                await connection.SendAsync(Upgrade);
                var upgraded = await connection.ReadAsync();
                await connection.SendAsync(Frame);
                return upgraded.Status == 101 ? null : $"the handshake was answered with {upgraded.Status}";
            default:
                var answer = await connection.GetAsync("/");
                return answer.Status == 200 ? null : $"{answer.Status} {answer.Body}";
        }
    }
}
