using System.Text;

namespace ActorBalancer.Engine.Alerts.Mail;

/// <summary>An answer of a mail server.</summary>
/// <param name="Code">200 to 599.</param>
/// <param name="Lines">Its lines without the code, at least one.</param>
internal sealed record SmtpReply(int Code, IReadOnlyList<string> Lines)
{
    private const int ShownMax = 200;

    /// <summary>Whether the server did what it was told.</summary>
    public bool IsGood => Code is >= 200 and < 300;

    /// <summary>Whether another try would end the same way.</summary>
    public bool IsPermanent => Code >= 500;

    /// <summary>Code and text for a log: one line, without control characters, cut where it is long.</summary>
    public string Describe()
    {
        var text = new StringBuilder().Append(Code);
        foreach (var line in Lines)
            text.Append(' ').Append(line);
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] is < ' ' or > '~')
                text[index] = '?';
        }

        return text.Length > ShownMax ? text.ToString(0, ShownMax) + "..." : text.ToString();
    }
}
