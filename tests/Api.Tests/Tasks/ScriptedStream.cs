using System.Threading.Channels;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary>A worker's stream whose parts come when the test says so.</summary>
internal sealed class ScriptedStream : WorkerStream
{
    private readonly Channel<byte[]> _parts = Channel.CreateUnbounded<byte[]>();
    private ReadOnlyMemory<byte> _rest;
    private long _bytesRead;

    public override int Status => StatusToGive;

    public int StatusToGive { get; init; } = 200;

    public override string? ContentType => TypeToGive;

    public string? TypeToGive { get; init; } = "text/plain";

    /// <summary>Every read is answered with so many bytes and without end; 0 for what the test sends.</summary>
    public int EndlessBytes { get; init; }

    public TestSignal Disposed { get; } = new("the stream's end");

    public long BytesRead => Interlocked.Read(ref _bytesRead);

    public void Send(params ReadOnlySpan<byte> part) => _parts.Writer.TryWrite(part.ToArray());

    /// <summary>Ends the stream: whole, or broken off.</summary>
    public void End(Exception? broken = null) => _parts.Writer.Complete(broken);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (EndlessBytes > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var length = Math.Min(EndlessBytes, buffer.Length);
            buffer.Span[..length].Fill((byte)'x');
            Interlocked.Add(ref _bytesRead, length);
            return length;
        }

        while (_rest.IsEmpty)
        {
            try
            {
                _rest = await _parts.Reader.ReadAsync(cancellationToken);
            }
            catch (ChannelClosedException closed)
            {
                return closed.InnerException is { } broken ? throw broken : 0;
            }
        }

        var take = Math.Min(_rest.Length, buffer.Length);
        _rest[..take].CopyTo(buffer);
        _rest = _rest[take..];
        Interlocked.Add(ref _bytesRead, take);
        return take;
    }

    public override void Dispose() => Disposed.Set();
}
