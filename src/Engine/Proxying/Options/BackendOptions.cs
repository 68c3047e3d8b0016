namespace ActorBalancer.Engine.Proxying.Options;

/// <summary>A server behind the proxy.</summary>
public sealed record BackendOptions
{
    /// <summary>Identity over reloads, unique in the pool: printable ASCII without space, <c>;</c> and <c>,</c>, 1 to
    /// 64. Of a smart-stick file: the integer as text.</summary>
    public required string Id { get; init; }

    /// <summary>http or https, host and port; a path is put before that of each request.</summary>
    public required Uri Url { get; init; }

    /// <summary>Share of the work relative to the others, 1 to 1000.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>E-mail address of who is told when it goes down or comes back; null: nobody.</summary>
    public string? Owner { get; init; }

    /// <summary>How its health is asked.</summary>
    public HealthOptions Health { get; init; } = new();

    /// <summary>Whether it is spoken to in HTTP/2; without TLS with prior knowledge. Upgrades go over HTTP/1.1
    /// always.</summary>
    public bool Http2 { get; init; }

    /// <summary>Whether its certificate must be valid for its name. Only for https.</summary>
    public bool VerifyTls { get; init; } = true;

    /// <summary>Most requests at once, upgraded connections included; null: the pool's
    /// <see cref="LimitOptions.RequestsPerBackend"/>.</summary>
    public int? RequestsMax { get; init; }
}
