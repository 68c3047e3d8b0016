namespace ActorBalancer.Engine.Alerts.Mail;

/// <summary>A mail of plain text to one recipient.</summary>
/// <param name="From">A valid address.</param>
/// <param name="To">A valid address.</param>
/// <param name="Subject">Any text; what a header line cannot carry is encoded.</param>
/// <param name="Text">Any text; lines end with <c>\n</c>.</param>
/// <param name="At">When it was written.</param>
/// <param name="Id">What stands before the sign of its Message-ID: letters, digits and dots. The same over all tries,
/// so that a server which took it at the first can tell.</param>
internal sealed record Letter(string From, string To, string Subject, string Text, DateTimeOffset At, string Id);

/// <summary>A mail could not be handed over.</summary>
/// <param name="message">Why, in one line, without any secret.</param>
/// <param name="isPermanent">True when another try would end the same way.</param>
/// <param name="cause">What it came from; null for an answer of the server.</param>
internal sealed class MailException(string message, bool isPermanent, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>True when another try would end the same way.</summary>
    public bool IsPermanent { get; } = isPermanent;
}
