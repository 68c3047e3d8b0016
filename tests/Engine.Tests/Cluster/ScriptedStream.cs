using System.IO.Pipelines;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>A worker's answer that comes as the test says.</summary>
internal sealed class ScriptedStream : WorkerStream
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _readOn = new(0);
    private long _bytesRead;

    public override int Status => 206;

    public override string? ContentType => "text/plain; charset=utf-8";

    /// <summary>Bytes that were read of it.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Completes when nobody reads any more.</summary>
    public Task Disposed => _disposed.Task;

    public void Write(byte[] bytes)
    {
        _pipe.Writer.WriteAsync(bytes).AsTask().Wait(TestSignal.Guard);
    }

    public void End() => _pipe.Writer.Complete();

    public void Break(string reason) => _pipe.Writer.Complete(new IOException(reason));

    /// <summary>Waits until so many bytes were read.</summary>
    public async Task WaitForReadAsync(long bytes)
    {
        while (BytesRead < bytes)
        {
            if (!await _readOn.WaitAsync(TestSignal.Guard))
                throw new TimeoutException($"Only {BytesRead} of {bytes} bytes were read.");
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await _pipe.Reader.AsStream(leaveOpen: true).ReadAsync(buffer, cancellationToken);
        Interlocked.Add(ref _bytesRead, read);
        _readOn.Release();
        return read;
    }

    public override void Dispose() => _disposed.TrySetResult();
}

internal static class StreamReading
{
    /// <summary>Reads until the buffer is full.</summary>
    public static async Task ReadExactlyAsync(this WorkerStream stream, byte[] buffer)
    {
        for (var have = 0; have < buffer.Length;)
        {
            have += await stream.ReadAsync(buffer.AsMemory(have), CancellationToken.None).AsTask()
                .WaitAsync(TestSignal.Guard);
        }
    }
}
