using System.Runtime.InteropServices;
using System.Text.Json;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary>
/// Finds a member name that comes twice in one JSON object, for all objects that are open at a time. One document at
/// a time, one thread at a time. Time is linear in the names: up to <see cref="LinearMax"/> of an object are compared
/// one by one, more go into a hash table under a hash that a client cannot foresee. Nothing is allocated while a
/// document stays small, since the arrays are kept from one to the next.
/// </summary>
/// <remarks>
/// N1: the entries of the open objects lie in one stack; those of the innermost object are on top.
/// N2: there is one table a level, and a slot counts only if it carries the level's present generation. So a table is
/// never cleared, and a large one costs nothing to the small objects that come after it on its level.
/// </remarks>
internal sealed class MemberNames
{
    /// <summary>Names of an object that are compared one by one before a table is made.</summary>
    public const int LinearMax = 16;

    // Above these sizes the memory is given back after the document. 1,024 names are about 16 KB, and a table of as
    // many on each level at most 1.5 MB a thread.
    private const int KeptEntriesMax = 1024;
    private const int KeptBytesMax = 64 * 1024;
    private const int LevelsMax = TaskLimits.JsonDepthMax;

    [ThreadStatic]
    private static MemberNames? _ofThread;

    private readonly int[] _firstOfLevel = new int[LevelsMax];
    private readonly Table?[] _tables = new Table?[LevelsMax];
    private ulong[] _prints = new ulong[64];
    private Place[] _places = new Place[64];
    private byte[] _unescaped = [];
    private int _unescapedLength;
    private int _count;
    private int _level = -1;

    /// <summary>The thread's own instance, empty. It must not be kept over an await.</summary>
    public static MemberNames ForThisThread()
    {
        var names = _ofThread ??= new MemberNames();
        names.Reset();
        return names;
    }

    /// <summary>An object begins. At most <see cref="TaskLimits.JsonDepthMax"/> are open at a time.</summary>
    public void Open()
    {
        _firstOfLevel[++_level] = _count;
        _tables[_level]?.NextGeneration();
    }

    /// <summary>The innermost object ends; its names are forgotten.</summary>
    public void Close() => _count = _firstOfLevel[_level--];

    /// <summary>Unescapes the name on which <paramref name="reader"/> stands.</summary>
    /// <param name="reader">Stands on a member name whose escapes are known to be valid.</param>
    /// <param name="start">Where the name lies, for <see cref="TryAdd"/>.</param>
    public ReadOnlySpan<byte> Unescape(scoped ref Utf8JsonReader reader, out int start)
    {
        var room = _unescapedLength + reader.ValueSpan.Length;
        if (_unescaped.Length < room)
            Array.Resize(ref _unescaped, Math.Max(room, Math.Max(256, _unescaped.Length * 2)));
        var length = reader.CopyString(_unescaped.AsSpan(_unescapedLength));
        start = ~_unescapedLength;
        _unescapedLength += length;
        return _unescaped.AsSpan(_unescapedLength - length, length);
    }

    /// <summary>Adds a name to the innermost object.</summary>
    /// <param name="document">The whole JSON text, the same for all calls between two resets.</param>
    /// <param name="start">Offset of the name in the document, or what <see cref="Unescape"/> said.</param>
    /// <param name="name">The name, unescaped.</param>
    /// <returns>False when the object has a member of that name.</returns>
    public bool TryAdd(ReadOnlySpan<byte> document, int start, ReadOnlySpan<byte> name)
    {
        var print = NamePrint.Of(name);
        var first = _firstOfLevel[_level];
        var members = _count - first;
        if (members < LinearMax)
        {
            if (IsAmong(document, first, print, name))
                return false;
            Push(print, start, name.Length);
            return true;
        }

        var table = _tables[_level] ??= new Table();
        if (members == LinearMax)
        {
            for (var i = first; i < _count; i++)
                table.Insert(this, document, i, Bytes(document, _places[i]));
        }

        Push(print, start, name.Length);
        if (table.Insert(this, document, _count - 1, name))
            return true;
        _count--;
        return false;
    }

    /// <summary>Gives memory back that a large document took.</summary>
    public void Trim()
    {
        if (_prints.Length > KeptEntriesMax)
        {
            _prints = new ulong[64];
            _places = new Place[64];
            Array.Clear(_tables);
        }

        if (_unescaped.Length > KeptBytesMax)
            _unescaped = [];
    }

    private void Reset()
    {
        _count = 0;
        _level = -1;
        _unescapedLength = 0;
    }

    private bool IsAmong(ReadOnlySpan<byte> document, int first, ulong print, ReadOnlySpan<byte> name)
    {
        var prints = _prints.AsSpan(first, _count - first);
        for (var i = 0; i < prints.Length; i++)
        {
            if (prints[i] == print
                && (name.Length <= NamePrint.ExactBytesMax || name.SequenceEqual(Bytes(document, _places[first + i]))))
            {
                return true;
            }
        }

        return false;
    }

    private void Push(ulong print, int start, int length)
    {
        if (_count == _prints.Length)
        {
            Array.Resize(ref _prints, _count * 2);
            Array.Resize(ref _places, _count * 2);
        }

        _prints[_count] = print;
        _places[_count] = new Place(start, length);
        _count++;
    }

    private ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> document, Place place) => place.Start >= 0
        ? document.Slice(place.Start, place.Length)
        : _unescaped.AsSpan(~place.Start, place.Length);

    // The runtime's own keyed string hash over the raw bytes: its key is drawn at the start of the process.
    private static int Hash(ReadOnlySpan<byte> name)
    {
        var hash = string.GetHashCode(MemoryMarshal.Cast<byte, char>(name), StringComparison.Ordinal);
        return (name.Length & 1) == 0 ? hash : (hash * 31) + name[^1] + 1;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Place(int Start, int Length);

    /// <summary>Open addressing, at most half full, indexes into the stack of entries.</summary>
    private sealed class Table
    {
        private Slot[] _slots = new Slot[8 * LinearMax];
        private int _generation = 1;
        private int _used;

        public void NextGeneration()
        {
            _used = 0;
            if (++_generation > 0)
                return;
            Array.Clear(_slots);
            _generation = 1;
        }

        public bool Insert(MemberNames names, ReadOnlySpan<byte> document, int index, ReadOnlySpan<byte> name)
        {
            if ((_used + 1) * 2 > _slots.Length)
                Grow();
            var hash = Hash(name);
            var at = hash & (_slots.Length - 1);
            while (_slots[at].Generation == _generation)
            {
                ref var slot = ref _slots[at];
                if (slot.Hash == hash && names._prints[slot.Index] == names._prints[index]
                    && name.SequenceEqual(names.Bytes(document, names._places[slot.Index])))
                {
                    return false;
                }

                at = (at + 1) & (_slots.Length - 1);
            }

            _slots[at] = new Slot(_generation, hash, index);
            _used++;
            return true;
        }

        private void Grow()
        {
            var old = _slots;
            _slots = new Slot[old.Length * 2];
            foreach (var slot in old)
            {
                if (slot.Generation != _generation)
                    continue;
                var at = slot.Hash & (_slots.Length - 1);
                while (_slots[at].Generation == _generation)
                    at = (at + 1) & (_slots.Length - 1);
                _slots[at] = slot;
            }
        }

        [StructLayout(LayoutKind.Auto)]
        private readonly record struct Slot(int Generation, int Hash, int Index);
    }
}
