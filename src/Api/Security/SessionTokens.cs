using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ActorBalancer.Api.Security;

/// <summary>
/// Makes and checks the tokens that stand in the key's place in a browser: when it ends, chance, and a signature.
/// Nothing is kept, so a token is good on every node with the same key, over restarts too, and until its end. A new key
/// ends all of them. Thread-safe.
/// </summary>
/// <param name="key">The balancer's key, from which the key of the signatures is derived.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionTokens(string key, TimeProvider time)
{
    private const int ExpiryBytes = 8;

    // Over 128 bits: two logins in the same second give different tokens. One byte more than that makes whole letters
    // of the token, so that no bit of its text is without a meaning.
    private const int ChanceBytes = 17;
    private const int SignedBytes = ExpiryBytes + ChanceBytes;
    private const int TokenBytes = SignedBytes + HMACSHA256.HashSizeInBytes;

    private static readonly int TokenLength = Base64Url.GetEncodedLength(TokenBytes);

    // The signature under a key of its own tells nothing about the other uses of the balancer's key.
    private readonly byte[] _signingKey = HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.Latin1.GetBytes(key), HMACSHA256.HashSizeInBytes,
        info: "actorbalancer session 1"u8.ToArray());

    /// <summary>How long a token is good: a working day and its evening. Source: ours.</summary>
    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(12);

    /// <summary>Makes a token that is good from now on for <see cref="Lifetime"/>.</summary>
    public string Issue()
    {
        Span<byte> token = stackalloc byte[TokenBytes];
        BinaryPrimitives.WriteInt64BigEndian(token, (time.GetUtcNow() + Lifetime).ToUnixTimeSeconds());
        RandomNumberGenerator.Fill(token[ExpiryBytes..SignedBytes]);
        HMACSHA256.HashData(_signingKey, token[..SignedBytes], token[SignedBytes..]);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>When a token ends, in whole seconds; null for one that has ended or was not made under this key.
    /// </summary>
    /// <param name="offered">What a client sent.</param>
    public DateTimeOffset? Check(ReadOnlySpan<char> offered)
    {
        if (offered.Length != TokenLength)
            return null;
        Span<byte> token = stackalloc byte[TokenBytes];
        var status = Base64Url.DecodeFromChars(offered, token, out _, out var length);
        if (status != OperationStatus.Done || length != TokenBytes)
            return null;
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_signingKey, token[..SignedBytes], signature);
        if (!CryptographicOperations.FixedTimeEquals(signature, token[SignedBytes..]))
            return null;
        var expiry = DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadInt64BigEndian(token));
        return expiry > time.GetUtcNow() ? expiry : null;
    }
}
