using System.CommandLine;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Profiles;

namespace ActorBalancer.Cli.Commands;

/// <summary>Finds out which balancer is meant: options first, then the profile that was named, then the environment,
/// then the profile in use. A profile's key goes to that profile's address and to no other.</summary>
internal static class ConnectionChoice
{
    /// <summary>The connection that the command line, the environment and the profiles say.</summary>
    /// <exception cref="CliException">They say nothing that works.</exception>
    public static Connection Choose(CliHost host, GlobalOptions globals, ParseResult parse)
    {
        var urlOption = parse.GetValue(globals.Url);
        var named = parse.GetValue(globals.Profile);
        var urlSet = Variable(host, "ABM_URL");
        var profile = Pick(host, named, isAddressGiven: urlOption is not null || (named is null && urlSet is not null));

        var timeout = parse.GetValue(globals.Timeout);
        return new Connection
        {
            Url = ParseUrl(urlOption ?? profile?.Url ?? (named is null ? urlSet : null) ?? Connection.UrlDefault),
            Key = KeyOf(host, parse.GetValue(globals.Key), profile, named is not null),
            Timeout = timeout ?? Connection.TimeoutDefault,
            LongTimeout = timeout ?? Connection.LongTimeoutDefault,
            IsInsecure = parse.GetValue(globals.Insecure) || profile is { Insecure: true },
            CaFile = parse.GetValue(globals.Ca) ?? profile?.Ca,
        };
    }

    /// <summary>Reads an address.</summary>
    /// <exception cref="CliException">It is none of http or https.</exception>
    public static Uri ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url is { UserInfo: "", Query: "", Fragment: "" }
            ? url
            : throw CliException.Usage($"'{text}' is no address; give such as {Connection.UrlDefault}");

    /// <summary>The key that the command line gives; null when it gives none.</summary>
    /// <exception cref="CliException">It cannot stand in a header.</exception>
    public static string? GivenKey(CliHost host, string? option)
    {
        var key = option == "-" ? host.Terminal.In().ReadLine()?.Trim() ?? "" : option;
        return key is null ? null : CheckKey(key);
    }

    /// <summary>A key that can stand in a header.</summary>
    /// <exception cref="CliException">It cannot.</exception>
    public static string CheckKey(string key) =>
        key.Length > 0 && key.All(static each => each is > ' ' and <= '~')
            ? key
            : throw CliException.Usage("the key is empty or has characters beside visible ASCII");

    // Null when no profile counts.
    private static Profile? Pick(CliHost host, string? named, bool isAddressGiven)
    {
        if (isAddressGiven && named is null)
            return null;
        var file = new ProfileFile(host.Environment);
        var set = file.Read();
        var name = named ?? Variable(host, "ABM_PROFILE") ?? set.Current;
        if (name is null)
            return null;
        if (!set.Profiles.TryGetValue(name, out var profile))
            throw CliException.Usage($"there is no profile '{name}' in {file.Path}; see 'abm profile list'");
        if (file.WarningOfOthers() is { } warning)
            host.Terminal.Complain(warning);
        return isAddressGiven ? profile with { Key = null } : profile;
    }

    private static string? KeyOf(CliHost host, string? option, Profile? profile, bool isNamed)
    {
        var set = Variable(host, "ABM_KEY") ?? Variable(host, "LB_AUTH_KEY");
        var key = isNamed ? profile?.Key ?? set : Variable(host, "ABM_KEY") ?? profile?.Key ?? set;
        return GivenKey(host, option) ?? (key is null ? null : CheckKey(key));
    }

    private static string? Variable(CliHost host, string name) =>
        host.Environment(name) is { Length: > 0 } value ? value : null;
}
