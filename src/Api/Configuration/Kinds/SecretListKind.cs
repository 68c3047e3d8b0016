using System.Buffers.Text;
using System.Globalization;

namespace ActorBalancer.Api.Configuration.Kinds;

/// <summary>A few secrets in one setting, so that one can take the place of another without a gap. Empty for none.
/// </summary>
/// <param name="countMax">Most secrets, 1 or more.</param>
internal sealed class SecretListKind(int countMax) : SettingKind<string>
{
    // Standard Webhooks: what stands behind the prefix is base64.
    private const string Base64Prefix = "whsec_";

    // Far above any key that makes sense for HMAC-SHA256.
    private const int LengthMax = 1024;

    public override string Name => "secrets";

    public override string Allowed => string.Create(
        CultureInfo.InvariantCulture,
        $"1 to {countMax} of printable ASCII, the newest first, with a space or comma between, at most {LengthMax} "
            + $"characters each; behind '{Base64Prefix}' base64");

    /// <summary>The secrets of a value that was read.</summary>
    public static string[] Split(string value) => value.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);

    public override string? Read(string text, out string value)
    {
        value = text;
        var wrong = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        if (wrong >= 0)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"holds a character that is no printable ASCII, at place {wrong + 1}");
        }

        var secrets = Split(text);
        if (secrets.Length == 0 && text.Length > 0) return "holds no secret";
        if (secrets.Length > countMax) return string.Create(CultureInfo.InvariantCulture, $"holds {secrets.Length}");
        if (secrets.Any(static secret => secret.Length > LengthMax)) return "is too long";
        return secrets.All(IsReadable) ? null : $"holds a secret that is no base64 behind '{Base64Prefix}'";
    }

    private static bool IsReadable(string secret) => !secret.StartsWith(Base64Prefix, StringComparison.Ordinal)
        || (secret.Length > Base64Prefix.Length && Base64.IsValid(secret.AsSpan(Base64Prefix.Length)));
}
