using System.Buffers;
using System.Text;

namespace ActorBalancer.Api.Proxying;

/// <summary>
/// The pools of one host name by path. Servers do not agree what a path means: whether <c>%2f</c> is a slash, <c>//</c>
/// one slash, <c>..</c> a step up. A path goes on as it came, so what it means is up to the backend. Hence it is read
/// twice here, as by the most literal server and as by the most generous one; where the two readings belong to
/// different pools, the path belongs to none, and nobody gets past a prefix by the spelling. Immutable.
/// </summary>
internal sealed class PathRoutes
{
    private const int StackCharsMax = 1024;
    private static readonly SearchValues<char> Suspicious = SearchValues.Create(@"%\;#");

    // The longest prefix first; the empty one, which every path has, last.
    private readonly (string Prefix, PoolRoute Route)[] _routes;

    /// <summary>Works the table out.</summary>
    /// <param name="routes">Pools of the host; of two with the same path the first prevails.</param>
    public PathRoutes(IReadOnlyList<PoolRoute> routes) =>
        _routes = [.. routes
            .SelectMany(route => route.Options.Paths.DefaultIfEmpty("/").Select(path => (Normalise(path), route)))
            .OrderByDescending(static pair => pair.Item1.Length)];

    /// <summary>The pool of the longest prefix of the path by whole segments; null when there is none, or when the
    /// path is ambiguous.</summary>
    public PoolRoute? Find(ReadOnlySpan<char> path)
    {
        if (_routes is [{ Prefix.Length: 0 } all, ..])
            return all.Route;
        if (!path.ContainsAny(Suspicious) && !path.Contains("//", StringComparison.Ordinal)
            && !path.Contains("/.", StringComparison.Ordinal))
        {
            return Match(path);
        }

        char[]? rented = null;
        var buffer = path.Length <= StackCharsMax
            ? stackalloc char[StackCharsMax]
            : rented = ArrayPool<char>.Shared.Rent(path.Length);
        var literal = Match(ReadLiterally(path, buffer));
        var generous = Match(ReadGenerously(path, buffer));
        if (rented is not null)
            ArrayPool<char>.Shared.Return(rented);
        return ReferenceEquals(literal, generous) ? literal : null;
    }

    // Octets stand for themselves, as in a decoded path; a slash at the end is of no weight.
    private static string Normalise(string path)
    {
        var octets = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(path));
        return new string(ReadGenerously(octets, new char[octets.Length]));
    }

    private PoolRoute? Match(ReadOnlySpan<char> path)
    {
        foreach (var (prefix, route) in _routes)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal)
                && (path.Length == prefix.Length || prefix.Length == 0 || path[prefix.Length] == '/'))
            {
                return route;
            }
        }

        return null;
    }

    // RFC 3986, section 6.2.2.2: what is encoded without need means the same, but an encoded slash is no slash.
    private static ReadOnlySpan<char> ReadLiterally(ReadOnlySpan<char> path, Span<char> buffer)
    {
        var length = 0;
        for (var i = 0; i < path.Length; i++)
        {
            if (Octet(path[i..]) is { } octet && octet is not ('/' or '\\'))
            {
                buffer[length++] = octet;
                i += 2;
            }
            else
            {
                buffer[length++] = path[i];
            }
        }

        return buffer[..length];
    }

    // All that is encoded decoded, a backslash is a slash, empty segments and parameters are dropped, dots are walked,
    // and a fragment ends the path.
    private static ReadOnlySpan<char> ReadGenerously(ReadOnlySpan<char> path, Span<char> buffer)
    {
        var fragment = path.IndexOf('#');
        if (fragment >= 0)
            path = path[..fragment];
        var length = 0;
        for (var i = 0; i < path.Length; i++)
        {
            var each = path[i];
            if (Octet(path[i..]) is { } octet)
            {
                each = octet;
                i += 2;
            }

            buffer[length++] = each == '\\' ? '/' : each;
        }

        return WalkSegments(buffer[..length]);
    }

    // In place: what is written never overtakes what is read, since a slash stands before each segment.
    private static ReadOnlySpan<char> WalkSegments(Span<char> path)
    {
        if (path is not ['/', ..])
            return path;
        var length = 0;
        for (var begin = 0; begin < path.Length;)
        {
            var rest = path[begin..];
            var end = rest.IndexOf('/');
            var segment = end < 0 ? rest : rest[..end];
            begin += segment.Length + 1;
            var parameters = segment.IndexOf(';');
            if (parameters >= 0)
                segment = segment[..parameters];
            if (segment is [] or ['.'])
                continue;
            if (segment is ['.', '.'])
            {
                length = Math.Max(0, path[..length].LastIndexOf('/'));
                continue;
            }

            path[length] = '/';
            segment.CopyTo(path[(length + 1)..]);
            length += 1 + segment.Length;
        }

        return path[..length];
    }

    // The octet of a '%xx' at the beginning; null when there is none.
    private static char? Octet(ReadOnlySpan<char> text) =>
        text.Length >= 3 && text[0] == '%' && char.IsAsciiHexDigit(text[1]) && char.IsAsciiHexDigit(text[2])
            ? (char)((Hex(text[1]) << 4) | Hex(text[2]))
            : null;

    private static int Hex(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
