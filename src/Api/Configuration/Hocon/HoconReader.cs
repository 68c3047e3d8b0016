using System.Globalization;

namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>A cursor over one file's text that knows its line and column. Used by one parse, on one thread.</summary>
internal sealed class HoconReader(string file, string text)
{
    /// <summary>What <see cref="Peek"/> gives past the last character.</summary>
    public const int End = -1;

    private int _index;
    private int _line = 1;
    private int _column = 1;

    public string File { get; } = file;

    public HoconOrigin Origin => new(File, _line, _column);

    /// <summary>The character <paramref name="ahead"/> places on, or <see cref="End"/>.</summary>
    public int Peek(int ahead = 0) => _index + ahead < text.Length ? text[_index + ahead] : End;

    public bool StartsWith(string word) => string.CompareOrdinal(text, _index, word, 0, word.Length) == 0;

    /// <summary>Takes one character; the caller has seen by <see cref="Peek"/> that there is one.</summary>
    public char Next()
    {
        char taken = text[_index++];
        if (taken == '\n')
        {
            _line++;
            _column = 1;
        }
        else
        {
            _column++;
        }

        return taken;
    }

    public void Skip(int count)
    {
        for (var taken = 0; taken < count; taken++) Next();
    }

    /// <summary>Takes the blanks up to the end of the line and returns them as written.</summary>
    public string ReadSpaces()
    {
        int start = _index;
        while (IsSpace(Peek())) Next();
        return text[start.._index];
    }

    /// <summary>Skips blanks, line ends and comments. Returns true when at least one line end was among them.</summary>
    public bool SkipBlank()
    {
        var sawLineEnd = false;
        while (true)
        {
            int next = Peek();
            if (next == '\n')
            {
                sawLineEnd = true;
                Next();
            }
            else if (IsSpace(next))
            {
                Next();
            }
            else if (AtComment)
            {
                while (Peek() is not (End or '\n')) Next();
            }
            else
            {
                return sawLineEnd;
            }
        }
    }

    public bool AtComment => Peek() == '#' || (Peek() == '/' && Peek(1) == '/');

    /// <summary>Blank but no line end: HOCON's own list, which is wider than that of .NET.</summary>
    public static bool IsSpace(int character)
    {
        if (character is End or '\n') return false;
        if (character is ' ' or '\t' or '\v' or '\f' or '\r' or (>= 0x1c and <= 0x1f) or 0xfeff) return true;
        return character >= 0x80 && char.GetUnicodeCategory((char)character)
            is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
    }

    /// <summary>The error that something else was expected here.</summary>
    public HoconException Expected(string expectation) => new(Origin, $"expected {expectation}, found {Found()}");

    private string Found() => Peek() switch
    {
        End => "the end of the file",
        '\n' => "the end of the line",
        '\r' when Peek(1) == '\n' => "the end of the line",
        < ' ' or (>= 0x7f and < 0xa0) => $"the control character U+{Peek():X4}",
        int other => $"'{(char)other}'",
    };
}
