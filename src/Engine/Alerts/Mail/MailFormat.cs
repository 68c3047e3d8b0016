using System.Globalization;
using System.Text;

namespace ActorBalancer.Engine.Alerts.Mail;

/// <summary>
/// Writes a mail as it goes over the wire (RFC 5322, 2045 and 2047): ASCII only, lines of at most 78 characters, a body
/// in base64. Nothing of a subject or a text can become a header line or end the message, whatever it holds.
/// </summary>
internal static class MailFormat
{
    // RFC 2047, section 2: a line with an encoded word has at most 76 characters. 39 bytes make 52 of base64, with 12
    // around them and the header's name before them.
    private const int WordBytesMax = 39;
    private const int PlainSubjectMax = 60;
    private const int LineMax = 76;

    /// <summary>The whole message, ready for DATA: dots at the start of lines are doubled, and the line with the single
    /// dot stands at the end.</summary>
    public static byte[] Write(Letter mail)
    {
        var text = new StringBuilder();
        text.Append("Date: ").Append(mail.At.ToString("ddd, dd MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture))
            .Append(mail.At.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal))
            .Append("\r\n");
        text.Append("From: ActorBalancer <").Append(mail.From).Append(">\r\n");
        text.Append("To: <").Append(mail.To).Append(">\r\n");
        text.Append("Message-ID: <").Append(mail.Id).Append('@').Append(MailAddresses.HostOf(mail.From))
            .Append(">\r\n");
        text.Append("Subject: ").Append(Header(mail.Subject)).Append("\r\n");

        // RFC 3834: absence notices and the like do not answer such mail.
        text.Append("Auto-Submitted: auto-generated\r\n");
        text.Append("MIME-Version: 1.0\r\n");
        text.Append("Content-Type: text/plain; charset=utf-8\r\n");
        text.Append("Content-Transfer-Encoding: base64\r\n\r\n");
        AppendBody(text, mail.Text);
        return Encoding.ASCII.GetBytes(Stuff(text.ToString()) + ".\r\n");
    }

    /// <summary>A text as the value of a header line: as it is when it is short and plain, else as encoded words.
    /// </summary>
    internal static string Header(string text)
    {
        if (text.Length <= PlainSubjectMax && text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0
            && !text.Contains("=?", StringComparison.Ordinal))
        {
            return text;
        }

        var words = new StringBuilder();
        var bytes = new List<byte>(WordBytesMax);
        Span<byte> unit = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.EncodeToUtf8(unit);
            if (bytes.Count + length > WordBytesMax)
                Flush();
            bytes.AddRange(unit[..length]);
        }

        Flush();
        return words.ToString();

        void Flush()
        {
            if (words.Length > 0)
                words.Append("\r\n ");
            words.Append("=?utf-8?B?").Append(Convert.ToBase64String([.. bytes])).Append("?=");
            bytes.Clear();
        }
    }

    /// <summary>Doubles the dot at the start of each line (RFC 5321, section 4.5.2).</summary>
    internal static string Stuff(string message)
    {
        var stuffed = message.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        return stuffed.StartsWith('.') ? "." + stuffed : stuffed;
    }

    private static void AppendBody(StringBuilder text, string body)
    {
        var lines = body.ReplaceLineEndings("\r\n");
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(lines)).AsSpan();
        while (encoded.Length > 0)
        {
            var length = Math.Min(LineMax, encoded.Length);
            text.Append(encoded[..length]).Append("\r\n");
            encoded = encoded[length..];
        }
    }
}
