using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Security;

/// <summary>
/// Checks the balancer's key in <c>Authorization: KEY</c>, <c>Authorization: Bearer KEY</c> or <c>x-lb-auth</c>.
/// Where both headers are sent, both must be right. Thread-safe.
/// </summary>
internal sealed class BalancerKey
{
    /// <summary>The header that may stand in the place of <c>Authorization</c>.</summary>
    public const string HeaderName = "x-lb-auth";

    private const string Scheme = "Bearer";

    // Hashing costs more than reading the whole task (650 ns against 540). Kestrel gives the same string
    // object again while a connection repeats a header, so objects that were found right are known again by their
    // identity: a look at content, whose time could tell something, never happens. Strings do not change.
    private const int RecentCount = 256; // a power of two; more connections than that share the places

    private readonly SecretHash _key;
    private readonly string?[] _recent = new string?[RecentCount];

    /// <summary>Checks against <paramref name="key"/>.</summary>
    /// <exception cref="ArgumentException">The key is empty, or cannot be sent in a header as it is.</exception>
    public BalancerKey(string key)
    {
        if (key.Length == 0)
            throw new ArgumentException("The balancer's key is empty; set LB_AUTH_KEY.", nameof(key));
        if (key.AsSpan().ContainsAnyExceptInRange(' ', '~') || key.Trim().Length != key.Length)
        {
            throw new ArgumentException(
                "The balancer's key holds what a header cannot carry; use ASCII letters, digits and signs, "
                    + "with no space at either end.",
                nameof(key));
        }

        if (WithoutScheme(key).Length != key.Length)
        {
            throw new ArgumentException(
                "The balancer's key begins with the word Bearer, which is taken for the scheme; leave it out.",
                nameof(key));
        }

        _key = new SecretHash(key);
    }

    /// <summary>Checks the keys that a request carries.</summary>
    public KeyCheck Check(IHeaderDictionary headers)
    {
        var authorization = Check(headers.Authorization);
        var other = headers.TryGetValue(HeaderName, out var value) ? Check(value) : KeyCheck.Absent;
        return (KeyCheck)Math.Max((int)authorization, (int)other);
    }

    /// <summary>True when <paramref name="offered"/> is the key. What lies beyond ASCII is in no key.</summary>
    public bool IsRight(ReadOnlySpan<char> offered) => Ascii.IsValid(offered) && _key.Matches(offered);

    /// <summary>The key behind <c>Bearer</c> (in any case, RFC 9110, section 11.1), or the whole value.</summary>
    public static ReadOnlySpan<char> WithoutScheme(ReadOnlySpan<char> value) =>
        value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && (value.Length == Scheme.Length || value[Scheme.Length] == ' ')
            ? value[Scheme.Length..].Trim(' ')
            : value;

    private KeyCheck Check(StringValues values)
    {
        if (values.Count == 0)
            return KeyCheck.Absent;
        if (values.Count == 1 && IsRight(values[0] ?? ""))
            return KeyCheck.Right;
        foreach (var value in values)
        {
            if (value.AsSpan().ContainsAny(HeaderText.Controls))
                return KeyCheck.Malformed;
        }

        return KeyCheck.Wrong;
    }

    private bool IsRight(string value)
    {
        ref var place = ref _recent[RuntimeHelpers.GetHashCode(value) & (RecentCount - 1)];
        if (ReferenceEquals(Volatile.Read(ref place), value))
            return true;
        if (!_key.Matches(WithoutScheme(value)))
            return false;
        Volatile.Write(ref place, value);
        return true;
    }
}
