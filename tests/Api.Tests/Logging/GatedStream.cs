using System.Text;

namespace ActorBalancer.Api.Tests.Logging;

/// <summary>An output that holds each write until the test lets it through, or fails it.</summary>
internal sealed class GatedStream : Stream
{
    private readonly MemoryStream _written = new();
    private readonly ManualResetEventSlim _open = new(false);

    /// <summary>Set once the first write has come in.</summary>
    public ManualResetEventSlim Entered { get; } = new(false);

    public bool IsBroken { get; set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Open() => _open.Set();

    public string[] Lines()
    {
        byte[] bytes;
        lock (_written) bytes = _written.ToArray();
        return Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        Entered.Set();
        _open.Wait();
        if (IsBroken) throw new IOException("Broken pipe");
        lock (_written) _written.Write(buffer, offset, count);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
