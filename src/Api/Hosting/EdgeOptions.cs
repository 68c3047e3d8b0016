using System.Net;

namespace ActorBalancer.Api.Hosting;

/// <summary>What the HTTP side needs to know. Immutable; filled from the settings by the composition root.</summary>
internal sealed record EdgeOptions
{
    /// <summary>The balancer's key: 1 or more visible ASCII characters, spaces inside allowed. Never logged.</summary>
    public required string AuthKey { get; init; }

    /// <summary>TCP port.</summary>
    /// <value>0 to 65535; 0 lets the system choose. Default 4000, as in Andera.</value>
    public int Port { get; init; } = 4000;

    /// <summary>Addresses to listen on, each with the same port.</summary>
    /// <value>At least one; default loopback.</value>
    public IReadOnlyList<IPAddress> BindAddresses { get; init; } = [IPAddress.Loopback];

    /// <summary>Largest body that is read; beyond it the answer is 413.</summary>
    /// <value>Bytes, 1 to 1 GiB; default 10 MiB, as in Andera.</value>
    public long BodyBytesMax { get; init; } = 10 * 1024 * 1024;

    /// <summary>Wrong keys that an address may send in a minute before they are answered with 429.</summary>
    /// <value>1 or more; default 100.</value>
    public int WrongKeysPerMinuteMax { get; init; } = 100;

    /// <summary>What <c>Retry-After</c> says when the engine gives no time of its own.</summary>
    /// <value>More than zero; sent in whole seconds, rounded up. Default 1 s.</value>
    public TimeSpan RetryAfterDefault { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Connections open at a time; further ones are closed at once.</summary>
    /// <value>1 or more; null for no limit, the default (and Kestrel's).</value>
    public long? ConnectionsMax { get; init; }

    /// <summary>Time in which all headers of a request must have come.</summary>
    /// <value>More than zero; default 30 s (Kestrel's).</value>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may idle between two requests.</summary>
    /// <value>More than zero; default 130 s (Kestrel's).</value>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>How long open requests may take to end when the server stops.</summary>
    /// <value>Zero or more; default 30 s (the host's).</value>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Checks all members.</summary>
    /// <exception cref="ArgumentException">A member is out of its range; the message names it.</exception>
    public void Validate()
    {
        Require(Port is >= 0 and <= 65535, nameof(Port), Port, "0 to 65535");
        Require(BindAddresses.Count > 0, nameof(BindAddresses), "empty", "at least one address");
        Require(BodyBytesMax is >= 1 and <= 1 << 30, nameof(BodyBytesMax), BodyBytesMax, "1 to 1073741824 bytes");
        Require(WrongKeysPerMinuteMax >= 1, nameof(WrongKeysPerMinuteMax), WrongKeysPerMinuteMax, "1 or more");
        Require(RetryAfterDefault > TimeSpan.Zero, nameof(RetryAfterDefault), RetryAfterDefault, "more than zero");
        Require(ConnectionsMax is null or >= 1, nameof(ConnectionsMax), ConnectionsMax, "1 or more, or null");
        Require(HeadersTimeout > TimeSpan.Zero, nameof(HeadersTimeout), HeadersTimeout, "more than zero");
        Require(KeepAliveTimeout > TimeSpan.Zero, nameof(KeepAliveTimeout), KeepAliveTimeout, "more than zero");
        Require(StopTimeout >= TimeSpan.Zero, nameof(StopTimeout), StopTimeout, "zero or more");
    }

    /// <summary>Says nothing of the key.</summary>
    public override string ToString() => $"{nameof(EdgeOptions)} {{ Port = {Port} }}";

    private static void Require(bool holds, string member, object? value, string allowed)
    {
        if (!holds)
            throw new ArgumentException($"EdgeOptions.{member} is {value} but must be {allowed}.", member);
    }
}
