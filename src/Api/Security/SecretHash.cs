using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace ActorBalancer.Api.Security;

/// <summary>
/// A secret that is kept as its SHA-256 only. The one place where offered secrets are compared: both sides are hashed
/// and the hashes compared in constant time, so the time depends on the offer alone and tells neither how much of it
/// is right nor how long the secret is.
/// </summary>
internal sealed class SecretHash
{
    private const int StackBytesMax = 512;

    private readonly byte[] _hash = new byte[SHA256.HashSizeInBytes];

    /// <summary>Keeps the hash of <paramref name="secret"/>, whose characters are those of Latin-1.</summary>
    public SecretHash(string secret) => Hash(secret, _hash);

    /// <summary>True when <paramref name="offered"/>, decoded from Latin-1, is the secret.</summary>
    public bool Matches(ReadOnlySpan<char> offered)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(offered, hash);
        return CryptographicOperations.FixedTimeEquals(hash, _hash);
    }

    private static void Hash(ReadOnlySpan<char> text, Span<byte> hash)
    {
        byte[]? rented = null;
        var bytes = text.Length <= StackBytesMax
            ? stackalloc byte[StackBytesMax]
            : rented = ArrayPool<byte>.Shared.Rent(text.Length);
        var length = Encoding.Latin1.GetBytes(text, bytes);
        SHA256.HashData(bytes[..length], hash);
        CryptographicOperations.ZeroMemory(bytes[..length]);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }
}
