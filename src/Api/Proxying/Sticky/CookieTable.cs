using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying.Sticky;

/// <summary>
/// The cookies of all backends of a pool, worked out once for a list of backends, so that no request pays for
/// cryptography or for making text. Immutable.
/// </summary>
internal sealed class CookieTable
{
    /// <summary>Bytes of an HMAC-SHA256 that a signed cookie holds: the first 8 find its place in the table, the other
    /// 16 (128 bits) are compared in constant time. 24 bytes are 32 characters of base64url without a spare bit, so
    /// there is one spelling of each value.</summary>
    public const int MarkBytes = 24;

    /// <summary>Characters of a signed cookie.</summary>
    public const int MarkCharacters = 32;

    private readonly StickyOptions _options;
    private readonly string _poolName;
    private readonly FrozenDictionary<ulong, Mark> _marks;
    private readonly FrozenDictionary<Backend, SetCookie> _cookies;

    /// <summary>Works the cookies out.</summary>
    /// <param name="poolName">Name of the pool; the cookies of others mean nothing here.</param>
    /// <param name="backends">The backends that a cookie may name.</param>
    /// <param name="options">Kind and looks of the cookie.</param>
    public CookieTable(string poolName, IReadOnlyList<Backend> backends, StickyOptions options)
    {
        _poolName = poolName;
        _options = options;
        Backends = backends;
        _cookies = backends.Distinct().ToFrozenDictionary(static one => one, Compose);
        _marks = options.Kind == StickyKind.SignedCookie
            ? MakeMarks(poolName, backends, options.Secrets)
            : FrozenDictionary<ulong, Mark>.Empty;
    }

    /// <summary>The list that the table was made for.</summary>
    public IReadOnlyList<Backend> Backends { get; }

    /// <summary>The backend that a signed value names.</summary>
    /// <param name="value">What the client sent; anything.</param>
    /// <param name="isCurrent">True when the first secret made it.</param>
    /// <returns>Null when no secret made it for a backend of this pool.</returns>
    public Backend? Find(ReadOnlySpan<char> value, out bool isCurrent)
    {
        isCurrent = false;
        Span<byte> bytes = stackalloc byte[MarkBytes];
        if (value.Length != MarkCharacters ||
            Base64Url.DecodeFromChars(value, bytes, out _, out var count) != OperationStatus.Done ||
            count != MarkBytes)
        {
            return null;
        }

        if (!_marks.TryGetValue(BinaryPrimitives.ReadUInt64BigEndian(bytes), out var mark) ||
            !CryptographicOperations.FixedTimeEquals(bytes, mark.Bytes))
        {
            return null;
        }

        isCurrent = mark.IsCurrent;
        return mark.Backend;
    }

    /// <summary>The value of a <c>Set-Cookie</c> line that names the backend.</summary>
    /// <param name="backend">Any; one that has left the list meanwhile costs a little more.</param>
    /// <param name="isTls">Whether the client came by TLS.</param>
    public string SetCookieOf(Backend backend, bool isTls)
    {
        if (!_cookies.TryGetValue(backend, out var cookie))
            cookie = Compose(backend);
        return _options.Secure ?? isTls ? cookie.Secure : cookie.Plain;
    }

    private static FrozenDictionary<ulong, Mark> MakeMarks(
        string poolName, IReadOnlyList<Backend> backends, IReadOnlyList<string> secrets)
    {
        var marks = new Dictionary<ulong, Mark>();
        for (var index = 0; index < secrets.Count; index++)
        {
            foreach (var backend in backends)
            {
                var bytes = Sign(secrets[index], poolName, backend.Id);

                // Two marks that begin with the same 8 bytes are not to be expected before 2^32 backends; the newer
                // secret would win, and the other client would be placed anew.
                marks.TryAdd(BinaryPrimitives.ReadUInt64BigEndian(bytes), new Mark(bytes, backend, index == 0));
            }
        }

        return marks.ToFrozenDictionary();
    }

    /// <summary>Neither a pool's name nor an identity can hold a line feed, so no two pairs give the same text.
    /// </summary>
    private static byte[] Sign(string secret, string poolName, string backendId) => HMACSHA256.HashData(
        Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"sticky\n{poolName}\n{backendId}"))[..MarkBytes];

    private SetCookie Compose(Backend backend)
    {
        var value = _options.Kind == StickyKind.SignedCookie
            ? Base64Url.EncodeToString(Sign(_options.Secrets[0], _poolName, backend.Id))
            : backend.Id;
        var text = new StringBuilder(128)
            .Append(_options.CookieName).Append('=').Append(value)
            .Append("; Path=").Append(_options.Path)
            .Append("; HttpOnly; SameSite=").Append(_options.SameSite);
        if (_options.MaxAge is { } age)
            text.Append("; Max-Age=").Append((long)Math.Ceiling(age.TotalSeconds));
        if (_options.Domain is { } domain)
            text.Append("; Domain=").Append(domain);
        var plain = text.ToString();
        return new SetCookie(plain, plain + "; Secure");
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Mark(byte[] Bytes, Backend Backend, bool IsCurrent);

    private readonly record struct SetCookie(string Plain, string Secure);
}
