using System.Text;

namespace ActorBalancer.Api.Tasks;

/// <summary>
/// Turns the names of groups and functions from UTF-8 into strings, and gives the same string again for the same
/// bytes, so that a busy function costs no memory for each task. Thread-safe without a lock: a slot is replaced whole.
/// Bounded: names that share a slot push each other out, which costs a new string and nothing else.
/// </summary>
internal sealed class NameCache
{
    /// <summary>Names kept at most; a power of two. 1,024 names of the longest kind take less than 2 MB.</summary>
    public const int SlotCount = 1024;

    private const int SlotBits = 10;
    private const ulong GoldenRatio = 0x9E3779B97F4A7C15;

    private readonly Entry?[] _entries = new Entry?[SlotCount];

    /// <summary>The string of <paramref name="utf8"/>, which must be valid UTF-8.</summary>
    public string Get(ReadOnlySpan<byte> utf8)
    {
        ref var slot = ref _entries[(int)((NamePrint.Of(utf8) * GoldenRatio) >> (64 - SlotBits))];
        var entry = Volatile.Read(ref slot);
        if (entry is not null && utf8.SequenceEqual(entry.Utf8))
            return entry.Text;
        entry = new Entry(utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        Volatile.Write(ref slot, entry);
        return entry.Text;
    }

    private sealed record Entry(byte[] Utf8, string Text);
}
