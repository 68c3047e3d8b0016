using System.Net.Sockets;
using System.Security.Authentication;

namespace ActorBalancer.Cli.Http;

/// <summary>Says in words why no answer came. Thread-safe.</summary>
internal static class ConnectionFaults
{
    /// <summary>The error of a call that got no answer.</summary>
    /// <param name="connection">Who was called.</param>
    /// <param name="fault">What the client threw.</param>
    public static CliException Explain(Connection connection, Exception fault)
    {
        if (fault is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded })
            return CliException.Failed($"the answer of {connection.Name} is too large");
        var reason = Reason(fault);
        return reason.IsReached
            ? CliException.Failed($"{connection.Name} {reason.Text}")
            : CliException.Failed($"cannot reach {connection.Name}: {reason.Text}; set --url or ABM_URL");
    }

    /// <summary>The error of a call that took too long.</summary>
    public static CliException Late(Connection connection, TimeSpan timeout) => CliException.Failed(
        $"{connection.Name} did not answer within {Output.Figures.Duration(timeout.TotalMilliseconds)}; "
        + "set --timeout to wait longer");

    /// <summary>A few words for a count of errors.</summary>
    public static string Brief(Exception fault) => Reason(fault).Text;

    private static (string Text, bool IsReached) Reason(Exception fault)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AuthenticationException:
                    return ("has a certificate that is not trusted; use --ca FILE, or --insecure to go without", true);
                case SocketException socket:
                    return (Describe(socket), false);
                default:
                    continue;
            }
        }

        return fault switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } =>
                ("answers with something that is not HTTP: is it a balancer?", true),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
                ("does not speak TLS as it should: is it https?", true),
            HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or IOException =>
                ("broke the connection off", true),
            _ => (fault.Message.TrimEnd('.'), false),
        };
    }

    private static string Describe(SocketException fault) => fault.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.HostNotFound or SocketError.NoData => "no such host",
        SocketError.TryAgain => "the name server does not answer",
        SocketError.TimedOut => "timed out",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable => "no route to the host",
        SocketError.ConnectionReset => "connection reset",
        _ => fault.Message,
    };
}
