namespace ActorBalancer.Engine.Alerts.Mail;

/// <summary>
/// Judges e-mail addresses: the plain form of RFC 5321 in ASCII, which every server takes. No display names, no quoted
/// local parts, no comments: what is let through cannot break out of a command or of a header line.
/// </summary>
public static class MailAddresses
{
    /// <summary>What is allowed, in words.</summary>
    public const string Allowed = "local-part@host in ASCII, such as ops@example.org";

    // RFC 5321, section 4.5.3.1.
    private const int LengthMax = 254;
    private const int LocalMax = 64;
    private const string LocalSigns = "!#$%&'*+-/=?^_`{|}~.";

    /// <summary>Whether a text is such an address.</summary>
    public static bool IsValid(string? text)
    {
        if (text is null || text.Length > LengthMax)
            return false;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at is < 1 or > LocalMax)
            return false;
        var local = text.AsSpan(0, at);
        return IsDotted(local, static one => char.IsAsciiLetterOrDigit(one) || LocalSigns.Contains(one))
            && IsDotted(text.AsSpan(at + 1), static one => char.IsAsciiLetterOrDigit(one) || one == '-');
    }

    /// <summary>The host behind the sign; the address must be valid.</summary>
    public static string HostOf(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address[(address.IndexOf('@', StringComparison.Ordinal) + 1)..];
    }

    private static bool IsDotted(ReadOnlySpan<char> text, Func<char, bool> isAllowed)
    {
        if (text.IsEmpty || text[0] == '.' || text[^1] == '.' || text.IndexOf("..", StringComparison.Ordinal) >= 0)
            return false;
        foreach (var one in text)
        {
            if (one != '.' && !isAllowed(one))
                return false;
        }

        return true;
    }
}
