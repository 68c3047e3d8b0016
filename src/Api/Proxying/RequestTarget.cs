namespace ActorBalancer.Api.Proxying;

/// <summary>Reads the parts of a request that decide where it goes, without a copy.</summary>
internal static class RequestTarget
{
    /// <summary>The path of a request line's target as it came, not decoded and without its query (RFC 9112, section
    /// 3.2). Empty for <c>*</c> and for the target of CONNECT; <c>/</c> for an absolute one without path.</summary>
    public static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        if (target.IsEmpty || target[0] != '/')
        {
            var scheme = target.IndexOf("://");
            if (scheme < 0)
                return [];
            target = target[(scheme + 3)..];
            var begin = target.IndexOfAny('/', '?');
            if (begin < 0 || target[begin] == '?')
                return "/";
            target = target[begin..];
        }

        var query = target.IndexOf('?');
        return query < 0 ? target : target[..query];
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
}
