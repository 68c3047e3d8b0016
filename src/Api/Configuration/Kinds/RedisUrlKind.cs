using System.Globalization;

namespace ActorBalancer.Api.Configuration.Kinds;

/// <summary>Where Redis is, in one text: <c>redis://user:password@host:port/db</c>. Empty for none.</summary>
internal sealed class RedisUrlKind : SettingKind<RedisUrl?>
{
    private const int DefaultPort = 6379;
    private const int ServersMax = 32;
    private const string Plain = "redis://";
    private const string Tls = "rediss://";

    public override string Name => "Redis URL";

    public override string Allowed =>
        "redis:// or rediss:// (TLS), then user:password@ if needed, hosts with a comma between, each with :port if it "
            + "is not 6379, then /database if it is not 0; or empty";

    public override string? Form => "signs other than letters and digits in user and password as %XX";

    public override string? Read(string text, out RedisUrl? value)
    {
        value = null;
        text = text.Trim();
        if (text.Length == 0) return null;
        var useTls = text.StartsWith(Tls, StringComparison.OrdinalIgnoreCase);
        if (!useTls && !text.StartsWith(Plain, StringComparison.OrdinalIgnoreCase))
            return "does not begin with redis:// or rediss://";
        var rest = text[(useTls ? Tls : Plain).Length..];
        if (rest.Any(static unit => char.IsControl(unit) || char.IsWhiteSpace(unit))) return "holds a blank";
        if (rest.AsSpan().ContainsAny('?', '#')) return "holds '?' or '#', which have no meaning here";

        var at = rest.LastIndexOf('@');
        string? user = null;
        string? password = null;
        if (at >= 0 && ReadLogin(rest[..at], out user, out password) is { } loginFault) return loginFault;
        rest = rest[(at + 1)..];

        var database = 0;
        if (rest.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0)
        {
            var name = rest[(slash + 1)..];
            if (name.Length > 0 && !IsNumber(name, 0, SettingsTable.RedisDatabaseMax, out database))
                return $"names no database from 0 to {SettingsTable.RedisDatabaseMax} behind the '/'";
            rest = rest[..slash];
        }

        var servers = rest.Split(',');
        if (servers.Length > ServersMax) return $"names more than {ServersMax} hosts";
        for (var index = 0; index < servers.Length; index++)
        {
            if (ReadServer(servers[index]) is not { } server)
                return $"names no host with a port from 1 to 65535 at place {index + 1}";
            servers[index] = server;
        }

        value = new RedisUrl(servers, user, password, database, useTls);
        return null;
    }

    private static string? ReadLogin(string text, out string? user, out string? password)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        user = Uri.UnescapeDataString(colon < 0 ? text : text[..colon]);
        password = colon < 0 ? null : Uri.UnescapeDataString(text[(colon + 1)..]);
        if (user.Length == 0) user = null;
        if (password is { Length: 0 }) password = null;
        return user is not null && password is null ? "names a user, but no password" : null;
    }

    private static string? ReadServer(string text)
    {
        // An IPv6 address holds colons of its own, so it stands in brackets.
        var end = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        var colon = text.IndexOf(':', Math.Max(0, end));
        var host = colon < 0 ? text : text[..colon];
        var port = DefaultPort;
        if (colon >= 0 && !IsNumber(text[(colon + 1)..], 1, 65535, out port)) return null;
        if (host.Trim('[', ']').Length == 0) return null;
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
    }

    private static bool IsNumber(string text, int min, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number >= min && number <= max;
}
