using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.HelloWorker;

/// <summary>Compares keys in a time that tells neither where they differ nor how long the right one is.</summary>
internal sealed class KeyCheck(string key)
{
    private const string Bearer = "Bearer ";

    private readonly byte[] _hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>True when the header was sent once and is the key, bare or as <c>Bearer KEY</c>.</summary>
    public bool Matches(StringValues header)
    {
        if (header.Count != 1 || header[0] is not { } sent)
            return false;
        return Equals(sent) || (sent.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            && Equals(sent[Bearer.Length..]));
    }

    private bool Equals(string sent) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(sent)), _hash);
}
