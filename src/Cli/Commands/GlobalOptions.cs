using System.CommandLine;

namespace ActorBalancer.Cli.Commands;

/// <summary>Options that stand with every command. Immutable once made.</summary>
internal sealed class GlobalOptions
{
    /// <summary>Where the balancer is.</summary>
    public Option<string?> Url { get; } = Make<string?>(
        "--url", "address of the balancer [ABM_URL; default: http://127.0.0.1:4000]", "url");

    /// <summary>Its key.</summary>
    public Option<string?> Key { get; } = Make<string?>(
        "--key", "key of the balancer, - to read it from the standard input [ABM_KEY, LB_AUTH_KEY]", "key");

    /// <summary>A named way to it.</summary>
    public Option<string?> Profile { get; } = Make<string?>(
        "--profile", "profile with address and key, see 'abm profile' [ABM_PROFILE]", "name");

    /// <summary>Output for programs.</summary>
    public Option<bool> Json { get; } = Make<bool>("--json", "print JSON, one value a line");

    /// <summary>Shows it again and again.</summary>
    public Option<TimeSpan?> Watch { get; } = MakeWatch();

    /// <summary>No colours.</summary>
    public Option<bool> NoColor { get; } = Make<bool>("--no-color", "print without colours [NO_COLOR]");

    /// <summary>Longest wait for an answer.</summary>
    public Option<TimeSpan?> Timeout { get; } = MakeTimeout();

    /// <summary>Certificates are not checked.</summary>
    public Option<bool> Insecure { get; } = Make<bool>("--insecure", "do not check the certificate of https");

    /// <summary>Certificates that are trusted.</summary>
    public Option<string?> Ca { get; } = Make<string?>("--ca", "trust the certificates of this PEM file alone", "file");

    /// <summary>In the order of the help.</summary>
    public IEnumerable<Option> All => [Url, Key, Profile, Json, Watch, NoColor, Timeout, Insecure, Ca];

    private static Option<T> Make<T>(string name, string description, string? helpName = null) => new(name)
    {
        Description = description,
        HelpName = helpName,
        Recursive = true,
    };

    private static Option<TimeSpan?> MakeTimeout()
    {
        var option = Durations.Option("--timeout", "longest wait for an answer [default: 30s]");
        option.Recursive = true;
        return option;
    }

    private static Option<TimeSpan?> MakeWatch()
    {
        var option = Durations.Option("--watch", "show it again every so many seconds [default: 2]");
        option.HelpName = "seconds";
        option.Arity = ArgumentArity.ZeroOrOne;
        option.Recursive = true;
        return option;
    }
}
