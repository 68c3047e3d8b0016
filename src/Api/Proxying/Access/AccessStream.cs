namespace ActorBalancer.Api.Proxying.Access;

/// <summary>Writes lines to a stream, such as standard output, which other pools and the server's own log may share:
/// each write is one of whole lines.</summary>
/// <param name="stream">Disposed at the end.</param>
internal sealed class AccessStream(Stream stream) : IAccessOutput
{
    private static readonly Lock Writing = new();

    public bool TryWrite(ReadOnlySpan<byte> lines)
    {
        try
        {
            lock (Writing)
            {
                stream.Write(lines);
                stream.Flush();
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    public void Dispose() => stream.Dispose();
}
