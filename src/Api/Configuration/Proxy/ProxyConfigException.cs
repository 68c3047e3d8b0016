namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>The configuration of the proxy is wrong. The message names every fault, one a line.</summary>
internal sealed class ProxyConfigException(IReadOnlyList<string> errors)
    : IOException(string.Join(Environment.NewLine, errors))
{
    /// <summary>One line for each fault.</summary>
    public IReadOnlyList<string> Errors => errors;
}
