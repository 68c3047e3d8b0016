using System.Security.Cryptography;
using System.Text;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// Encrypts the worker keys and webhooks that tasks carry on their way to disk: AES-256-GCM under a key derived by
/// HKDF-SHA256 from the balancer's own key and a salt of the database. Belongs to one thread at a time.
/// </summary>
/// <remarks>
/// A sealed key is one byte of format, 12 bytes of nonce, 16 of tag, then the text. Many tasks carry few keys, so a
/// key is sealed once and its bytes are used again: the disk shows then which tasks share a key, not which it is.
/// </remarks>
internal sealed class WorkerKeyCipher : IDisposable
{
    /// <summary>Bytes of salt; HKDF wants the length of its hash (RFC 5869, section 3.1).</summary>
    public const int SaltBytes = 32;

    /// <summary>Distinct keys to remember in each direction; at the bound all are forgotten and sealed anew.</summary>
    public const int CacheMax = 1024;

    private const byte Format = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeadBytes = 1 + NonceBytes + TagBytes;

    private readonly AesGcm _aes;
    private readonly Dictionary<string, byte[]> _sealed = [];
    private readonly Dictionary<long, (byte[] Sealed, string Opened)> _opened = [];

    /// <summary>Derives the key.</summary>
    /// <param name="balancerKey">The balancer's own key, not empty.</param>
    /// <param name="salt">The database's salt, <see cref="SaltBytes"/> long.</param>
    public WorkerKeyCipher(string balancerKey, ReadOnlySpan<byte> salt)
    {
        ArgumentException.ThrowIfNullOrEmpty(balancerKey);
        var secret = Encoding.UTF8.GetBytes(balancerKey);
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, salt, "actorbalancer worker key 1"u8);
        _aes = new AesGcm(key, TagBytes);
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(secret);
    }

    // Binds what is sealed to its purpose: bytes sealed for another one under the same key do not open here.
    private static ReadOnlySpan<byte> Purpose => "task worker key"u8;

    /// <summary>Encrypts a key. The bytes belong to the cipher: they are only read.</summary>
    public byte[] Seal(string workerKey)
    {
        if (_sealed.TryGetValue(workerKey, out var known))
            return known;

        var text = Encoding.UTF8.GetBytes(workerKey);
        var bytes = SealBytes(text, Purpose);
        CryptographicOperations.ZeroMemory(text);
        if (_sealed.Count >= CacheMax)
            _sealed.Clear();
        _sealed.Add(workerKey, bytes);
        return bytes;
    }

    /// <summary>Decrypts a key; null when it was sealed under another balancer key or is damaged.</summary>
    public string? Open(ReadOnlySpan<byte> sealedKey)
    {
        if (sealedKey.Length < HeadBytes || sealedKey[0] != Format)
            return null;

        // The nonce is random: eight of its bytes tell sealed keys apart as well as any hash.
        var nonce = sealedKey.Slice(1, NonceBytes);
        var mark = BitConverter.ToInt64(nonce);
        if (_opened.TryGetValue(mark, out var known) && sealedKey.SequenceEqual(known.Sealed))
            return known.Opened;

        if (OpenBytes(sealedKey, Purpose) is not { } text)
            return null;

        var opened = Encoding.UTF8.GetString(text);
        CryptographicOperations.ZeroMemory(text);
        if (_opened.Count >= CacheMax)
            _opened.Clear();
        _opened[mark] = (sealedKey.ToArray(), opened);
        return opened;
    }

    /// <summary>Encrypts bytes that are sealed once and not asked for again: nothing of them is remembered.</summary>
    /// <param name="text">What is secret.</param>
    /// <param name="purpose">What it is for; it opens for nothing else.</param>
    public byte[] SealBytes(ReadOnlySpan<byte> text, ReadOnlySpan<byte> purpose)
    {
        var bytes = new byte[HeadBytes + text.Length];
        bytes[0] = Format;
        var nonce = bytes.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        _aes.Encrypt(nonce, text, bytes.AsSpan(HeadBytes), bytes.AsSpan(1 + NonceBytes, TagBytes), purpose);
        return bytes;
    }

    /// <summary>Decrypts what <see cref="SealBytes"/> made; null when it was sealed under another balancer key or for
    /// another purpose, or is damaged.</summary>
    public byte[]? OpenBytes(ReadOnlySpan<byte> sealedBytes, ReadOnlySpan<byte> purpose)
    {
        if (sealedBytes.Length < HeadBytes || sealedBytes[0] != Format)
            return null;
        var text = new byte[sealedBytes.Length - HeadBytes];
        try
        {
            _aes.Decrypt(
                sealedBytes.Slice(1, NonceBytes), sealedBytes[HeadBytes..],
                sealedBytes.Slice(1 + NonceBytes, TagBytes), text, purpose);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        return text;
    }

    /// <inheritdoc/>
    public void Dispose() => _aes.Dispose();
}
