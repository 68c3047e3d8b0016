using System.Net;
using System.Net.Sockets;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>
/// Says which webhook targets may be called. Asked twice: about the URL when a task comes in, so that its sender is
/// told, and about the addresses at each connect, which is what counts (a name may resolve to something else by then).
/// Thread-safe.
/// </summary>
/// <param name="allowPrivate">True lets private and loopback addresses pass; never forbidden ones.</param>
/// <param name="time">The clock of the limit on resolving.</param>
/// <param name="resolve">Finds the addresses of a host name; null for the system's resolver.</param>
internal sealed class WebhookGuard(
    bool allowPrivate, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    /// <summary>What a delivery's record says of a refused address: not which, and not of what kind. Whoever sent the
    /// task shall not explore the network by it.</summary>
    public const string RefusedAddress = "refused address";

    /// <summary>Longest URL. Source: the shortest limit of line lengths among common servers (8 KB).</summary>
    public const int UrlLengthMax = 8192;

    /// <summary>Longest wait for a resolver. Source: ours; a name that takes longer delays every delivery.</summary>
    private static readonly TimeSpan ResolveTimeMax = TimeSpan.FromSeconds(2);

    // They resolve to addresses that are refused anyway; a resolver that answers otherwise changes nothing.
    private static readonly string[] MetadataNames =
    [
        "metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.com", "metadata.azure.internal",
        "metadata.tencentyun.com", "metadata.packet.net", "metadata.platformequinix.com", "instance-data",
        "instance-data.ec2.internal", "rancher-metadata",
    ];

    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <summary>Judges the URL of a task that comes in.</summary>
    /// <param name="url">As the sender gave it.</param>
    /// <param name="cancellationToken">Ends the wait for the resolver.</param>
    /// <returns>Why it is refused, fit for the sender; null when it may be called, or when its name cannot be resolved
    /// now: the delivery tries again later and says so.</returns>
    public async ValueTask<string?> CheckAsync(string url, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (url.Length > UrlLengthMax)
            return $"it has {url.Length} characters; at most {UrlLengthMax} are allowed";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            return "it is no absolute URL with a host";
        if (!IsHttp(uri))
            return $"scheme '{uri.Scheme}' is not allowed; http and https are";
        if (IsMetadataName(uri.IdnHost))
            return "its host is a metadata service; such are never called";
        IPAddress[] addresses;
        try
        {
            addresses = await ResolveAsync(uri.IdnHost, cancellationToken);
        }
        catch (Exception exception) when (IsResolverFault(exception, cancellationToken))
        {
            return null;
        }

        return Strictest(addresses) switch
        {
            AddressKind.Forbidden => "its host has a link-local, metadata or reserved address; such are never called",
            AddressKind.Private when !allowPrivate =>
                "its host has a private or loopback address; WEBHOOK_ALLOW_PRIVATE=true allows such",
            _ => null,
        };
    }

    /// <summary>Resolves a host and judges what comes out. All addresses must be allowed: which one a connect would
    /// take is chance.</summary>
    /// <param name="host">Name or address in any spelling.</param>
    /// <param name="cancellationToken">Ends the wait for the resolver.</param>
    /// <returns>The addresses to connect to, at least one.</returns>
    /// <exception cref="WebhookRefusedException">One of them, or the name, is refused.</exception>
    /// <exception cref="SocketException">The name has no address.</exception>
    /// <exception cref="TimeoutException">The resolver did not answer within 2 s.</exception>
    public async ValueTask<IPAddress[]> ResolveForConnectAsync(string host, CancellationToken cancellationToken)
    {
        if (IsMetadataName(host))
            throw new WebhookRefusedException();
        var addresses = await ResolveAsync(host, cancellationToken);
        if (addresses.Length == 0)
            throw new SocketException((int)SocketError.HostNotFound);
        var kind = Strictest(addresses);
        if (kind == AddressKind.Forbidden || (kind == AddressKind.Private && !allowPrivate))
            throw new WebhookRefusedException();
        return addresses;
    }

    /// <summary>True for the schemes that are called.</summary>
    public static bool IsHttp(Uri uri) => uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps;

    private static bool IsMetadataName(string host)
    {
        var name = host.AsSpan().TrimEnd('.');
        foreach (var known in MetadataNames)
        {
            if (name.EndsWith(known, StringComparison.OrdinalIgnoreCase)
                && (name.Length == known.Length || name[^(known.Length + 1)] == '.'))
            {
                return true;
            }
        }

        return false;
    }

    private static AddressKind Strictest(IPAddress[] addresses)
    {
        var strictest = AddressKind.Public;
        foreach (var address in addresses)
        {
            var kind = AddressRules.Judge(address);
            if (kind > strictest)
                strictest = kind;
        }

        return strictest;
    }

    private static bool IsResolverFault(Exception exception, CancellationToken cancellationToken)
        => exception is SocketException or TimeoutException or ArgumentException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        // An IPv6 literal stands in brackets in a URL; a resolver wants it without.
        var bare = host.AsSpan().TrimStart('[').TrimEnd(']').ToString();
        if (IPAddress.TryParse(bare, out var address))
            return [address];
        return await _resolve(bare, cancellationToken).WaitAsync(ResolveTimeMax, time, cancellationToken);
    }
}

/// <summary>A connect was refused by the guard. Says nothing of the address.</summary>
internal sealed class WebhookRefusedException() : Exception(WebhookGuard.RefusedAddress);
