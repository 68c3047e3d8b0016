using System.Text;

namespace ActorBalancer.Testing.Mail;

/// <summary>A mail as a server got it.</summary>
/// <param name="From">Sender of the envelope.</param>
/// <param name="To">Recipients of the envelope.</param>
/// <param name="Message">Headers and body, dots undone.</param>
/// <param name="IsEncrypted">Whether it came by TLS.</param>
/// <param name="Login">Who had logged in; null for nobody.</param>
public sealed record ReceivedMail(
    string From, IReadOnlyList<string> To, string Message, bool IsEncrypted, string? Login)
{
    /// <summary>A header's value, folded lines joined; null when it is not there.</summary>
    public string? Header(string name)
    {
        var head = Message[..Message.IndexOf("\r\n\r\n", StringComparison.Ordinal)]
            .Replace("\r\n ", " ", StringComparison.Ordinal);
        return head.Split("\r\n")
            .Where(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(name.Length + 2)..])
            .SingleOrDefault();
    }

    /// <summary>The subject in plain text.</summary>
    public string Subject
    {
        get
        {
            var subject = Header("Subject")!;
            if (!subject.StartsWith("=?utf-8?B?", StringComparison.Ordinal))
                return subject;
            return string.Concat(subject.Split(' ')
                .Select(static word => Encoding.UTF8.GetString(Convert.FromBase64String(word[10..^2]))));
        }
    }

    /// <summary>The body in plain text, lines ended by <c>\n</c>.</summary>
    public string Text
    {
        get
        {
            var body = Message[(Message.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
            return Encoding.UTF8.GetString(Convert.FromBase64String(body))
                .Replace("\r\n", "\n", StringComparison.Ordinal);
        }
    }
}
