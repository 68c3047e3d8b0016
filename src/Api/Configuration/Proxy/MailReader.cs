using ActorBalancer.Engine.Alerts;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>Reads the mail server that alerts go through, with the names and defaults of smart-stick's
/// mailer.</summary>
internal static class MailReader
{
    private const int TlsPort = 465;
    private const int StartTlsPort = 587;

    /// <summary>Reads the server.</summary>
    /// <param name="section">The object <c>email</c>.</param>
    /// <param name="login">Where user and password stand; null when they are not there.</param>
    /// <param name="userName">What the user is called there.</param>
    /// <param name="password">The password, read by the caller; null for none.</param>
    /// <returns>Null when it is wrong, which is reported then.</returns>
    public static MailOptions? Read(ConfigSection section, ConfigSection? login, string userName, string? password)
    {
        var errors = section.Report.Errors.Count;
        section.TryRead("service", ProxyKinds.MailService, out var service);
        section.TryRead("host", ProxyKinds.HostName, out var host);
        if (section.Has("service") && section.Has("host"))
            section.Wrong("service", $"and {section.PathOf("host")} are both set; keep one of them");
        else if (!section.Has("service") && !section.Has("host"))
            section.Wrong("host", "is missing, and so is service; one of them names the mail server");
        var secure = section.Read("secure", ProxyKinds.Boolean, service?.Secure ?? false);
        var user = login is not null && login.TryRead(userName, ProxyKinds.Text, out var name) ? name : null;
        if (user is not null && password is null)
            login!.Wrong(userName, "is set, but no password");
        else if (user is null && password is not null)
            section.Report.Errors.Add($"{section.Path} ({section.Source}): a password is set, but no user");
        var defaults = new MailOptions { Host = "", Port = 0 };
        var mail = defaults with
        {
            Host = host ?? service?.Host ?? "",
            Port = section.Read("port", ProxyKinds.MailPort, service?.Port ?? (secure ? TlsPort : StartTlsPort)),
            Secure = secure,
            User = user,
            Password = password,
            From = section.TryRead("from", ProxyKinds.MailAddress, out var from) ? from : null,
        };
        return section.Report.Errors.Count == errors ? mail : null;
    }
}
