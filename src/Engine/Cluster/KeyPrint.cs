using System.Security.Cryptography;
using System.Text;

namespace ActorBalancer.Engine.Cluster;

/// <summary>A print of the balancer's key, by which nodes find out that theirs is another. It says nothing of the key
/// itself: salted, and slow to try keys against.</summary>
internal static class KeyPrint
{
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    /// <summary>Rounds of PBKDF2 with SHA-256. Source: ours; some 50 ms, once a start.</summary>
    private const int Rounds = 200_000;

    /// <summary>Makes a print: salt and hash in hexadecimal with a colon between.</summary>
    public static string Make(string key) => Make(key, RandomNumberGenerator.GetBytes(SaltBytes));

    /// <summary>True when the print is that of the key.</summary>
    public static bool Fits(string print, string key)
    {
        var colon = print.IndexOf(':', StringComparison.Ordinal);
        if (colon != SaltBytes * 2 || !print[..colon].All(char.IsAsciiHexDigitLower))
            return false;
        var expected = Make(key, Convert.FromHexString(print.AsSpan(0, colon)));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(print), Encoding.UTF8.GetBytes(expected));
    }

    private static string Make(string key, byte[] salt)
    {
        var hash = Rfc2898DeriveBytes.Pbkdf2(key, salt, Rounds, HashAlgorithmName.SHA256, HashBytes);
        return $"{Convert.ToHexStringLower(salt)}:{Convert.ToHexStringLower(hash)}";
    }
}
