namespace ActorBalancer.Api.Proxying;

/// <summary>Reads the parts of a request that decide where it goes, without a copy.</summary>
internal static class RequestTarget
{
    /// <summary>The path of a request line's target as it came, not decoded and without its query (RFC 9112, section
    /// 3.2). Empty for <c>*</c> and for the target of CONNECT; <c>/</c> for an absolute one without path.</summary>
    public static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        if (!TryCutHost(target, out var rest))
            return [];
        var query = rest.IndexOf('?');
        var path = query < 0 ? rest : rest[..query];
        return path.IsEmpty ? "/" : path;
    }

    /// <summary>Path and query of a target as they came, beginning with a slash; of an absolute one what follows the
    /// host.</summary>
    public static string PathAndQueryOf(string target)
    {
        if (target.StartsWith('/'))
            return target;
        TryCutHost(target, out var rest);
        return rest.StartsWith('/') ? rest.ToString() : string.Concat("/", rest);
    }

    /// <summary>The name in a <c>Host</c> value, without port and without the dot that may end a whole name.</summary>
    public static ReadOnlySpan<char> HostOf(ReadOnlySpan<char> host)
    {
        if (!host.IsEmpty && host[0] == '[')
            return host[..(host.IndexOf(']') + 1)];
        var port = host.LastIndexOf(':');
        if (port >= 0)
            host = host[..port];
        return host.EndsWith('.') ? host[..^1] : host;
    }

    /// <summary>What follows scheme and host; the whole target when it begins with a slash. False, and nothing, for a
    /// target without a path: <c>*</c>, or that of CONNECT.</summary>
    private static bool TryCutHost(ReadOnlySpan<char> target, out ReadOnlySpan<char> rest)
    {
        rest = target;
        if (target.StartsWith('/'))
            return true;
        rest = [];
        var scheme = target.IndexOf("://");
        if (scheme < 0)
            return false;
        var authority = target[(scheme + 3)..];
        var end = authority.IndexOfAny('/', '?');
        if (end >= 0)
            rest = authority[end..];
        return true;
    }
}
