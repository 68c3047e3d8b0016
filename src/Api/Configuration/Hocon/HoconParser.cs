namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>Turns one file's text into syntax. Used once, on one thread; includes are parsed in place.</summary>
internal sealed class HoconParser
{
    private readonly HoconReader _reader;
    private readonly HoconFiles _files;

    // Where the file was included, then the keys around the cursor: what substitutions of an included file hang from.
    private readonly List<string> _path;
    private readonly int _prefixLength;
    private int _depth;

    private HoconParser(HoconReader reader, HoconFiles files, IReadOnlyList<string> prefix, int depth)
    {
        _reader = reader;
        _files = files;
        _path = [.. prefix];
        _prefixLength = prefix.Count;
        _depth = depth;
    }

    /// <summary>Parses a whole file, whose root may stand in braces or not.</summary>
    /// <param name="name">The file's name for errors.</param>
    /// <param name="text">Its text.</param>
    /// <param name="files">Opens the files that it includes.</param>
    /// <param name="prefix">The keys under which it is included; empty for none.</param>
    /// <param name="depth">How deep the place of inclusion is nested; 0 for none.</param>
    /// <exception cref="HoconException">The text is wrong.</exception>
    public static ObjectSyntax Parse(
        string name, string text, HoconFiles files, IReadOnlyList<string> prefix, int depth) =>
        new HoconParser(new HoconReader(name, text), files, prefix, depth).ParseRoot();

    private ObjectSyntax ParseRoot()
    {
        var root = new ObjectSyntax(_reader.Origin);
        _reader.SkipBlank();
        if (_reader.Peek() == '[') throw _reader.Expected("an object at the root of the file");
        if (_reader.Peek() != '{')
        {
            ParseFields(root, HoconReader.End, "a key");
            return root;
        }

        ParseBraces(root);
        _reader.SkipBlank();
        if (_reader.Peek() != HoconReader.End) throw _reader.Expected("the end of the file after the root's '}'");
        return root;
    }

    private void ParseBraces(ObjectSyntax target)
    {
        HoconOrigin open = _reader.Origin;
        Enter(levels: 1, open);
        _reader.Next();
        ParseFields(target, '}', $"a key or the '}}' that closes the '{{' of line {open.Line}, column {open.Column}");
        _reader.Next();
        _depth--;
    }

    private void ParseFields(ObjectSyntax target, int closing, string expectation)
    {
        _reader.SkipBlank();
        while (_reader.Peek() != closing)
        {
            string subject = TryParseInclude(target) ? "'include'" : ParseField(target, expectation);
            bool parted = _reader.SkipBlank();
            if (_reader.Peek() == closing) return;
            if (_reader.Peek() == ',')
            {
                _reader.Next();
                _reader.SkipBlank();
            }
            else if (_reader.Peek() == HoconReader.End)
            {
                throw _reader.Expected(expectation);
            }
            else if (!parted)
            {
                string end = closing == HoconReader.End ? "" : " or '}'";
                throw _reader.Expected(
                    $"a new line, ','{end} after {subject} (text with other characters needs quotes)");
            }
        }
    }

    // Returns what to call the field in an error about what follows it.
    private string ParseField(ObjectSyntax target, string expectation)
    {
        HoconOrigin start = _reader.Origin;
        string[] keys = HoconPaths.Read(_reader, expectation);
        string name = string.Join('.', keys);
        _reader.SkipBlank();
        bool appends = _reader.StartsWith("+=");
        if (appends) _reader.Skip(2);
        else if (_reader.Peek() is '=' or ':') _reader.Next();
        else if (_reader.Peek() != '{') throw _reader.Expected($"'=', ':', '+=' or '{{' after the key '{name}'");

        _reader.SkipBlank();
        Enter(keys.Length - 1, start);
        _path.AddRange(keys);
        HoconSyntax value = ParseValue($"a value for '{name}'");
        if (appends) value = Appended(value);
        for (int last = keys.Length - 1; last > 0; last--)
        {
            var wrapper = new ObjectSyntax(value.Origin);
            wrapper.Add(keys[last], value);
            value = wrapper;
        }

        target.Add(keys[0], value);
        _depth -= keys.Length - 1;
        _path.RemoveRange(_path.Count - keys.Length, keys.Length);
        return $"the value of '{name}'";
    }

    // a += x is short for a = ${?a} [x].
    private ConcatenationSyntax Appended(HoconSyntax item) => new(
        item.Origin,
        [
            new SubstitutionSyntax(item.Origin, [.. _path], _prefixLength, isOptional: true),
            new ListSyntax(item.Origin, [item]),
        ]);

    private HoconSyntax ParseValue(string expectation)
    {
        var parts = new List<HoconSyntax>();
        HoconOrigin spaceOrigin = _reader.Origin;
        var spaces = "";
        while (TryParsePiece() is { } piece)
        {
            if (spaces.Length > 0 && parts.Count > 0)
                parts.Add(new LiteralSyntax(spaceOrigin, spaces, isQuoted: true, isSpace: true));
            parts.Add(piece);
            spaceOrigin = _reader.Origin;
            spaces = _reader.ReadSpaces();
        }

        return parts.Count switch
        {
            0 => throw _reader.Expected(expectation),
            1 => parts[0],
            _ => new ConcatenationSyntax(parts[0].Origin, parts),
        };
    }

    private HoconSyntax? TryParsePiece()
    {
        HoconOrigin start = _reader.Origin;
        switch (_reader.Peek())
        {
            case '{':
                var inner = new ObjectSyntax(start);
                ParseBraces(inner);
                return inner;
            case '[':
                return ParseList(start);
            case '"':
                return new LiteralSyntax(start, HoconStrings.ReadQuoted(_reader), isQuoted: true);
            case '$':
                return ParseSubstitution(start);
            default:
                string bare = HoconStrings.ReadBare(_reader);
                return bare.Length == 0 ? null : new LiteralSyntax(start, bare, isQuoted: false);
        }
    }

    private ListSyntax ParseList(HoconOrigin start)
    {
        Enter(levels: 1, start);
        _reader.Next();
        var items = new List<HoconSyntax>();
        string closing = $"the ']' that closes the '[' of line {start.Line}, column {start.Column}";
        _reader.SkipBlank();
        while (_reader.Peek() != ']')
        {
            items.Add(ParseValue($"a value or {closing}"));
            bool parted = _reader.SkipBlank();
            if (_reader.Peek() == ',')
            {
                _reader.Next();
                _reader.SkipBlank();
            }
            else if (_reader.Peek() != ']' && !parted)
            {
                throw _reader.Expected($"a new line, ',' or {closing}");
            }
        }

        _reader.Next();
        _depth--;
        return new ListSyntax(start, items);
    }

    private SubstitutionSyntax ParseSubstitution(HoconOrigin start)
    {
        _reader.Next();
        if (_reader.Peek() != '{') throw _reader.Expected("'{' after '$' (text with '$' needs quotes)");
        _reader.Next();
        bool isOptional = _reader.Peek() == '?';
        if (isOptional) _reader.Next();
        _reader.ReadSpaces();
        string[] path = HoconPaths.Read(_reader, "the path of a value");
        if (_reader.Peek() != '}') throw _reader.Expected("'}' after the path of a substitution");
        _reader.Next();
        return new SubstitutionSyntax(start, [.. _path[.._prefixLength], .. path], _prefixLength, isOptional);
    }

    private bool TryParseInclude(ObjectSyntax target)
    {
        if (!HoconIncludes.StandsHere(_reader)) return false;
        HoconInclude include = HoconIncludes.Read(_reader);
        ObjectSyntax? included = _files.Include(include, _path, _depth);
        if (included is not null) target.MergeFrom(included);
        return true;
    }

    private void Enter(int levels, HoconOrigin origin)
    {
        _depth += levels;
        if (_depth > HoconLimits.DepthMax)
            throw new HoconException(origin, $"expected at most {HoconLimits.DepthMax} levels of nesting, found more");
    }
}
