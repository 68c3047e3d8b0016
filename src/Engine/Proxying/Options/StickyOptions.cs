namespace ActorBalancer.Engine.Proxying.Options;

/// <summary>How a client comes back to the backend that it had.</summary>
public sealed record StickyOptions
{
    /// <summary>By what a client is known.</summary>
    public StickyKind Kind { get; init; } = StickyKind.Cookie;

    /// <summary>Name of the cookie, an RFC 6265 token. Source: smart-stick's.</summary>
    public string CookieName { get; init; } = "X-Backend-ID";

    /// <summary>Secrets of <see cref="StickyKind.SignedCookie"/>, the first makes new cookies, all are accepted; 1 to
    /// 4 of at least 16 bytes each. Never logged.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Life of the cookie in the browser; null: until the browser ends.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Domain of the cookie; null: the host that set it alone.</summary>
    public string? Domain { get; init; }

    /// <summary>Path of the cookie.</summary>
    public string Path { get; init; } = "/";

    /// <summary><c>Lax</c>, <c>Strict</c> or <c>None</c>; None demands TLS.</summary>
    public string SameSite { get; init; } = "Lax";

    /// <summary>Whether the cookie is for TLS alone; null: when the client came by TLS.</summary>
    public bool? Secure { get; init; }

    /// <summary>Name of the header of <see cref="StickyKind.Header"/>.</summary>
    public string? HeaderName { get; init; }
}

/// <summary>By what a client is known.</summary>
public enum StickyKind
{
    /// <summary>By nothing: each request is placed anew; in files <c>none</c>.</summary>
    None,

    /// <summary>By a cookie that holds the backend's id, as smart-stick does; in files <c>cookie</c>.</summary>
    Cookie,

    /// <summary>By a cookie that holds an HMAC of the backend's id: it can't be made without the secret and shows
    /// nothing; in files <c>signed-cookie</c>.</summary>
    SignedCookie,

    /// <summary>By the value of a header, placed by consistent hashing; in files <c>header</c>.</summary>
    Header,

    /// <summary>By the client's address, placed by consistent hashing; in files <c>client-ip</c>.</summary>
    ClientAddress,
}
