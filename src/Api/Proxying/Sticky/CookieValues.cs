using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Proxying.Sticky;

/// <summary>
/// Walks the values that a request's <c>Cookie</c> lines give one name, in the order in which they came (RFC 6265,
/// 5.4: the most exact path first). Allocates nothing. What is no <c>name=value</c> is passed over.
/// </summary>
/// <param name="lines">The lines; HTTP/2 may split them (RFC 9113, 8.2.3).</param>
/// <param name="name">Name of the cookie; case counts.</param>
internal ref struct CookieValues(StringValues lines, ReadOnlySpan<char> name)
{
    private readonly ReadOnlySpan<char> _name = name;
    private ReadOnlySpan<char> _rest;
    private int _line;

    /// <summary>The value as it stands in the line, quotes included.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>Goes on to the next value of the name.</summary>
    /// <returns>False when there is none.</returns>
    public bool MoveNext()
    {
        while (true)
        {
            while (_rest.IsEmpty)
            {
                if (_line == lines.Count)
                    return false;
                _rest = lines[_line++];
            }

            var end = _rest.IndexOf(';');
            var pair = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
            pair = pair.Trim(" \t");
            if (pair.Length > _name.Length && pair[_name.Length] == '=' && pair.StartsWith(_name))
            {
                Current = pair[(_name.Length + 1)..];
                return true;
            }
        }
    }

    /// <summary>Takes the quotes off a value that stands between them (RFC 6265, 4.1.1).</summary>
    public static ReadOnlySpan<char> Unquote(ReadOnlySpan<char> value) =>
        value.Length >= 2 && value[0] == '"' && value[^1] == '"' ? value[1..^1] : value;
}
