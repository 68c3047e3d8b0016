namespace ActorBalancer.Api.Configuration;

/// <summary>What a text is to be checked as.</summary>
internal enum ConfigForm
{
    /// <summary>A HOCON file of settings.</summary>
    Hocon,

    /// <summary>A file of the form of <c>.env</c>.</summary>
    Environment,

    /// <summary>A list of workers.</summary>
    Workers,

    /// <summary>A smart-stick <c>config.json</c>.</summary>
    Proxy,
}
