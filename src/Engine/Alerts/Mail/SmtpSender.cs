using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace ActorBalancer.Engine.Alerts.Mail;

/// <summary>
/// Hands mails over to a mail server: EHLO, TLS from the first byte or STARTTLS, AUTH PLAIN or LOGIN, one mail a
/// connection. Thread-safe.
/// </summary>
/// <remarks>
/// Why not a library: <c>System.Net.Mail.SmtpClient</c> does not speak TLS from the first byte, which gmail's and most
/// other services' first port demands, and the registry that this project builds from does not carry MailKit.
/// <c>docs/decisions/0002-smtp-client.md</c> says more.
/// </remarks>
/// <param name="time">The clock of the time-out.</param>
/// <param name="isOwn">Whether an address is this machine's, which the login may be sent to in clear text; null for the
/// loopback addresses.</param>
internal sealed class SmtpSender(TimeProvider time, Func<IPAddress, bool>? isOwn = null)
{
    /// <summary>Longest wait for the server's goodbye: the mail is taken by then.</summary>
    private static readonly TimeSpan QuitTimeout = TimeSpan.FromSeconds(2);

    private readonly Func<IPAddress, bool> _isOwn = isOwn ?? IPAddress.IsLoopback;

    /// <summary>Hands a mail over.</summary>
    /// <param name="options">The server.</param>
    /// <param name="mail">The mail.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="MailException">It was not taken; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The attempt was ended by the token.</exception>
    public async Task SendAsync(MailOptions options, Letter mail, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await using var connection = await SmtpConnection.OpenAsync(
                options.Host, options.Port, _isOwn, both.Token);
            await TalkAsync(connection, options, mail, both.Token);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception exception) when (limit.IsCancellationRequested && exception is not MailException)
        {
            throw new MailException(
                $"the server did not take it within {options.Timeout.TotalMilliseconds:0} ms", false, exception);
        }
        catch (SocketException exception)
        {
            throw new MailException($"the server cannot be reached ({exception.SocketErrorCode})", false, exception);
        }
        catch (AuthenticationException exception)
        {
            throw new MailException($"TLS failed: {exception.Message}", false, exception);
        }
        catch (IOException exception)
        {
            throw new MailException("the connection broke", false, exception);
        }
    }

    private async Task TalkAsync(
        SmtpConnection connection, MailOptions options, Letter mail, CancellationToken cancellationToken)
    {
        if (options.Secure)
            await connection.EncryptAsync(options.Host, options.VerifyTls, cancellationToken);
        Expect(await connection.ReadAsync(cancellationToken), "greeting");
        var abilities = await GreetAsync(connection, cancellationToken);
        if (!options.Secure && Find(abilities, "STARTTLS") is not null)
        {
            Expect(await connection.SendAsync("STARTTLS", cancellationToken), "STARTTLS");
            await connection.EncryptAsync(options.Host, options.VerifyTls, cancellationToken);
            abilities = await GreetAsync(connection, cancellationToken);
        }

        if (options.User is { } user)
            await LogInAsync(connection, abilities, user, options.Password ?? "", cancellationToken);
        Expect(await connection.SendAsync($"MAIL FROM:<{mail.From}>", cancellationToken), "sender");
        Expect(await connection.SendAsync($"RCPT TO:<{mail.To}>", cancellationToken), "recipient");
        var data = await connection.SendAsync("DATA", cancellationToken);
        if (data.Code != 354)
            throw Refused(data, "DATA");
        Expect(await connection.SendAsync(MailFormat.Write(mail), cancellationToken), "mail");
        await QuitAsync(connection, cancellationToken);
    }

    private static async Task<IReadOnlyList<string>> GreetAsync(
        SmtpConnection connection, CancellationToken cancellationToken)
    {
        var reply = await connection.SendAsync($"EHLO {connection.OwnName}", cancellationToken);
        Expect(reply, "EHLO");
        return reply.Lines;
    }

    // The answer may not be read: a server that repeats what it was sent would put the password into a log.
    private static async Task LogInAsync(
        SmtpConnection connection,
        IReadOnlyList<string> abilities,
        string user,
        string password,
        CancellationToken cancellationToken)
    {
        if (!connection.IsEncrypted && !connection.IsOwn)
        {
            throw new MailException(
                "the server offers no STARTTLS, and the login is never sent in clear text", isPermanent: true);
        }

        var ways = (Find(abilities, "AUTH") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        SmtpReply reply;
        if (ways.Contains("PLAIN", StringComparer.OrdinalIgnoreCase))
        {
            reply = await connection.SendAsync($"AUTH PLAIN {Base64($"\0{user}\0{password}")}", cancellationToken);
        }
        else if (ways.Contains("LOGIN", StringComparer.OrdinalIgnoreCase))
        {
            reply = await connection.SendAsync("AUTH LOGIN", cancellationToken);
            if (reply.Code == 334)
                reply = await connection.SendAsync(Base64(user), cancellationToken);
            if (reply.Code == 334)
                reply = await connection.SendAsync(Base64(password), cancellationToken);
        }
        else
        {
            throw new MailException("the server offers neither AUTH PLAIN nor AUTH LOGIN", isPermanent: true);
        }

        if (reply.IsGood)
            return;
        var text = reply.Describe();
        var isEcho = password.Length > 0 && (text.Contains(password, StringComparison.Ordinal)
            || text.Contains(Base64(password), StringComparison.Ordinal)
            || text.Contains(Base64($"\0{user}\0{password}"), StringComparison.Ordinal));
        throw new MailException(
            $"the server refused the login: {(isEcho ? reply.Code.ToString() : text)}", reply.IsPermanent);
    }

    private async Task QuitAsync(SmtpConnection connection, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(QuitTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await connection.SendAsync("QUIT", both.Token);
        }
        catch (Exception exception)
            when (exception is IOException or MailException or OperationCanceledException or SocketException)
        {
            // The mail is taken: how the server says goodbye changes nothing.
        }
    }

    private static string? Find(IReadOnlyList<string> abilities, string name)
    {
        // The first line is the greeting.
        foreach (var line in abilities.Skip(1))
        {
            if (line.Equals(name, StringComparison.OrdinalIgnoreCase))
                return "";
            if (line.StartsWith(name, StringComparison.OrdinalIgnoreCase) && line[name.Length] is ' ' or '=')
                return line[(name.Length + 1)..];
        }

        return null;
    }

    private static void Expect(SmtpReply reply, string what)
    {
        if (!reply.IsGood)
            throw Refused(reply, what);
    }

    private static MailException Refused(SmtpReply reply, string what) =>
        new($"the server answered {reply.Describe()} to the {what}", reply.IsPermanent);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
