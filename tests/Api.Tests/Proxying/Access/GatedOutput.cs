using System.Text;
using ActorBalancer.Api.Proxying.Access;
using ActorBalancer.Testing;

namespace ActorBalancer.Api.Tests.Proxying.Access;

/// <summary>Keeps what is written; can be stuck, and can fail.</summary>
internal sealed class GatedOutput : IAccessOutput
{
    private readonly ManualResetEventSlim _gate = new(true);
    private readonly MemoryStream _written = new();

    /// <summary>Set when a write has begun.</summary>
    public TestSignal Began { get; } = new("a write");

    /// <summary>How many writes fail from now on.</summary>
    public int Failures { get; set; }

    /// <summary>All lines; read it after the end of the log.</summary>
    public string[] Lines => Encoding.UTF8.GetString(_written.ToArray()).Split('\n')[..^1];

    /// <summary>Makes writes wait.</summary>
    public void Shut() => _gate.Reset();

    /// <summary>Lets them go on.</summary>
    public void Open() => _gate.Set();

    public bool TryWrite(ReadOnlySpan<byte> lines)
    {
        Began.Set();
        _gate.Wait(TestSignal.Guard);
        if (Failures-- > 0)
            return false;
        _written.Write(lines);
        return true;
    }

    public void Dispose() => _gate.Set();
}
