using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>
/// Signs deliveries after the Standard Webhooks specification, version 1 with symmetric keys: HMAC-SHA256 over
/// <c>id.timestamp.body</c>, in base64 behind <c>v1,</c>. Immutable, thread-safe; shows no secret.
/// </summary>
internal sealed class WebhookSigner
{
    /// <summary>Marks a secret whose rest is base64. Source: the specification.</summary>
    public const string SecretPrefix = "whsec_";

    private const string SignaturePrefix = "v1,";

    private readonly byte[][] _keys;

    /// <param name="secrets">The newest first: during a rotation receivers may know either. None signs nothing.</param>
    /// <exception cref="ArgumentException">A secret is empty, or behind the prefix is no base64.</exception>
    public WebhookSigner(IReadOnlyList<string> secrets)
    {
        _keys = new byte[secrets.Count][];
        for (var index = 0; index < _keys.Length; index++)
            _keys[index] = Read(secrets[index], index);
    }

    /// <summary>Value of <c>webhook-signature</c>: one signature for each secret, separated by a space; null without
    /// secrets.</summary>
    /// <param name="id">Value of <c>webhook-id</c>.</param>
    /// <param name="timestampSeconds">Value of <c>webhook-timestamp</c>.</param>
    /// <param name="body">The body as it is sent.</param>
    public string? Sign(string id, long timestampSeconds, ReadOnlySpan<byte> body)
    {
        if (_keys.Length == 0)
            return null;
        var head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestampSeconds}."));
        var signatures = new StringBuilder();
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var key in _keys)
        {
            using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
            hmac.AppendData(head);
            hmac.AppendData(body);
            hmac.GetHashAndReset(hash);
            if (signatures.Length > 0)
                signatures.Append(' ');
            signatures.Append(SignaturePrefix).Append(Convert.ToBase64String(hash));
        }

        return signatures.ToString();
    }

    private static byte[] Read(string secret, int index)
    {
        if (!secret.StartsWith(SecretPrefix, StringComparison.Ordinal))
        {
            return secret.Length > 0
                ? Encoding.UTF8.GetBytes(secret)
                : throw new ArgumentException($"Webhook secret {index + 1} is empty.", nameof(secret));
        }

        var text = secret.AsSpan(SecretPrefix.Length);
        if (text.IsEmpty || !Base64.IsValid(text))
        {
            throw new ArgumentException(
                $"Webhook secret {index + 1} begins with '{SecretPrefix}', but what follows is no base64.",
                nameof(secret));
        }

        return Convert.FromBase64String(text.ToString());
    }
}
