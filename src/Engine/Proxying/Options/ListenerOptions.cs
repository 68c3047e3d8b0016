using System.Net;

namespace ActorBalancer.Engine.Proxying.Options;

/// <summary>A socket that clients connect to. Value equality tells whether two pools mean the same one.</summary>
public sealed record ListenerOptions
{
    /// <summary>0 to 65535; 0: the system chooses a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Null: every address of the machine.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Null: plain TCP.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Whether HTTP/2 is spoken: with TLS by ALPN beside HTTP/1.1, without TLS with prior knowledge only and
    /// then alone.</summary>
    public bool Http2 { get; init; }

    /// <summary>Whether each connection begins with a PROXY header (version 1 or 2) that names the client. It is then
    /// demanded, and taken only from <see cref="TrustedProxies"/>.</summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>Networks (CIDR, such as <c>10.0.0.0/8</c>) whose <c>X-Forwarded-*</c>, <c>Forwarded</c> and PROXY
    /// headers are believed. Those of all others are dropped.</summary>
    public NetworkList TrustedProxies { get; init; } = NetworkList.Empty;

    /// <summary>Longest time for the head of a request.</summary>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection may wait for its next request.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>Bytes a second below which a body, either way, counts as stuck; 0: none. Source: Kestrel's.</summary>
    public int BytesPerSecondMin { get; init; } = 240;

    /// <summary>Most bytes of all header lines together; beyond it the answer is 431.</summary>
    public int HeaderBytesMax { get; init; } = 32 * 1024;

    /// <summary>Most open connections; null: no limit.</summary>
    public long? ConnectionsMax { get; init; }
}

/// <summary>Certificate of a listener; read again when a file changes.</summary>
public sealed record TlsOptions
{
    /// <summary>PEM with the chain, or PFX.</summary>
    public required string CertificatePath { get; init; }

    /// <summary>PEM with the key; null when the first file holds it.</summary>
    public string? KeyPath { get; init; }

    /// <summary>Of the key; null for none. Never logged.</summary>
    public string? Password { get; init; }
}
