using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>Reads one pool of a HOCON file. All faults are reported at once; the pool that comes out is used only when
/// there are none.</summary>
/// <param name="files">Resolves paths and reads secrets.</param>
internal sealed partial class PoolReader(ConfigFiles files)
{
    private const int NamesMax = 100;

    /// <summary>Reads a pool.</summary>
    /// <param name="name">Its key in the file.</param>
    /// <param name="section">Its object.</param>
    public PoolOptions Read(string name, ConfigSection section)
    {
        if (ProxyKinds.PoolName.Read(name, out _) is { } problem)
        {
            section.Report.Errors.Add($"{section.Path} ({section.Source}): {SettingsReport.Quote(name)} {problem}; "
                + $"allowed: {ProxyKinds.PoolName.Allowed}");
        }

        var listener = ReadListener(section);
        var health = ReadHealth(section, new HealthOptions());
        var defaults = new PoolOptions { Name = name, Listener = listener, Backends = [] };
        var pool = defaults with
        {
            Hosts = section.ReadList("hosts", ProxyKinds.HostPattern, NamesMax),
            Paths = WithoutRoot(section.ReadList("paths", ProxyKinds.PathPrefix, NamesMax)),
            Strategy = section.Read("strategy", ProxyKinds.Strategy, defaults.Strategy),
            Backends = ReadBackends(section, health),
            Sticky = ReadSticky(section, listener),
            Outliers = ReadOutliers(section),
            Retry = ReadRetry(section),
            Timeouts = ReadTimeouts(section),
            Limits = ReadLimits(section),
            Drain = ReadDrain(section),
            SlowStart = section.Read("slow-start", ProxyKinds.Span, defaults.SlowStart),
            PreserveHost = section.Read("preserve-host", ProxyKinds.Boolean, defaults.PreserveHost),
            ExposeBackend = section.Read("expose-backend", ProxyKinds.Boolean, defaults.ExposeBackend),
            Compress = section.Read("compress", ProxyKinds.Boolean, defaults.Compress),
            AccessLog = ReadAccessLog(section),
        };
        WarnOfIdleStrategy(section, pool);
        section.Close();
        return pool;
    }

    private static void WarnOfIdleStrategy(ConfigSection section, PoolOptions pool)
    {
        if (pool.Sticky.Kind is not (StickyKind.Header or StickyKind.ClientAddress) || !section.Has("strategy")
            || pool.Strategy == RoutingStrategies.ConsistentHash)
        {
            return;
        }

        var by = pool.Sticky.Kind == StickyKind.Header ? "header" : "client-ip";
        section.Report.Warnings.Add($"{section.SourceOf("strategy")}: {section.PathOf("strategy")} = {pool.Strategy} "
            + $"has no effect with sticky.by = {by}, which places by consistent hashing");
    }

    // A prefix of every path makes the others needless, and "no prefix" is what that means.
    private static IReadOnlyList<string> WithoutRoot(IReadOnlyList<string> paths) =>
        paths.Contains("/", StringComparer.Ordinal) ? [] : paths;

    private ListenerOptions ReadListener(ConfigSection pool)
    {
        var defaults = new ListenerOptions { Port = 0 };
        if (pool.Section("listen") is not { } section)
        {
            pool.Wrong("listen", "is missing; listen.port says where the pool listens");
            return defaults;
        }

        section.Require("port", ProxyKinds.Port, out var port);
        var networks = section.ReadList("trusted-proxies", ProxyKinds.Network, NamesMax);
        var connections = section.Read("connections-max", ProxyKinds.Count, 0);
        var listener = defaults with
        {
            Port = port,
            Address = section.Read("address", ProxyKinds.Address, defaults.Address),
            Tls = ReadTls(section),
            Http2 = section.Read("http2", ProxyKinds.Boolean, defaults.Http2),
            ProxyProtocol = section.Read("proxy-protocol", ProxyKinds.Boolean, defaults.ProxyProtocol),
            TrustedProxies = networks.Count == 0 ? NetworkList.Empty : new NetworkList(networks),
            HeadersTimeout = section.Read("headers-timeout", ProxyKinds.Wait, defaults.HeadersTimeout),
            KeepAliveTimeout = section.Read("keep-alive-timeout", ProxyKinds.Wait, defaults.KeepAliveTimeout),
            BytesPerSecondMin = section.Read("bytes-per-second-min", ProxyKinds.Count, defaults.BytesPerSecondMin),
            HeaderBytesMax = (int)section.Read("header-bytes-max", ProxyKinds.HeaderBytes, defaults.HeaderBytesMax),
            ConnectionsMax = connections == 0 ? null : connections,
        };
        if (listener.ProxyProtocol && networks.Count == 0)
            section.Wrong("proxy-protocol", "needs trusted-proxies: a PROXY header is taken from those alone");
        section.Close();
        return listener;
    }

    private TlsOptions? ReadTls(ConfigSection listen)
    {
        if (listen.Section("tls") is not { } section)
            return null;
        var tls = section.Require("certificate", ProxyKinds.FilePath, out var certificate)
            ? new TlsOptions
            {
                CertificatePath = files.Existing(section, "certificate", certificate),
                KeyPath = section.TryRead("key", ProxyKinds.FilePath, out var key)
                    ? files.Existing(section, "key", key)
                    : null,
                Password = files.ReadSecret(section, "password", ProxyKinds.Text),
            }
            : null;
        section.Close();
        return tls;
    }

    private static HealthOptions ReadHealth(ConfigSection owner, HealthOptions fallback)
    {
        var section = owner.Section("health");
        var health = HealthReader.Read(section, fallback, static name => name);
        section?.Close();
        return health;
    }

    private static List<BackendOptions> ReadBackends(ConfigSection pool, HealthOptions health)
    {
        var backends = new List<BackendOptions>();
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        var sections = pool.Sections("backends", isObjectAllowed: true);
        if (!pool.Has("backends"))
            pool.Wrong("backends", "is missing; at least one backend is needed");
        else if (sections.Count is 0 or > SmartStickFile.BackendsMax)
            pool.Wrong("backends", $"holds {sections.Count} backends; allowed: 1 to {SmartStickFile.BackendsMax}");
        foreach (var (key, section) in sections.Take(SmartStickFile.BackendsMax))
        {
            var id = ReadId(key, section);
            if (id is not null && !ids.TryAdd(id, section.Path))
                section.Wrong("id", $"{SettingsReport.Quote(id)} is the id of {ids[id]} already");
            backends.Add(ReadBackend(id ?? "", section, health));
            section.Close();
        }

        return backends;
    }

    // In an object the key is the identity; in a list it is a member.
    private static string? ReadId(string? key, ConfigSection section)
    {
        if (key is null)
            return section.Require("id", ProxyKinds.BackendId, out var id) ? id : null;
        if (ProxyKinds.BackendId.Read(key, out _) is not { } problem)
            return key;
        section.Report.Errors.Add($"{section.Path} ({section.Source}): {SettingsReport.Quote(key)} {problem}; "
            + $"allowed: {ProxyKinds.BackendId.Allowed}");
        return null;
    }

    private static BackendOptions ReadBackend(string id, ConfigSection section, HealthOptions health)
    {
        section.Require("url", ProxyKinds.BackendUrl, out var url);
        var defaults = new BackendOptions { Id = id, Url = url ?? new Uri("http://localhost") };
        return defaults with
        {
            Weight = section.Read("weight", ProxyKinds.Weight, defaults.Weight),
            Owner = section.TryRead("owner", ProxyKinds.MailAddress, out var owner) ? owner : null,
            Health = ReadHealth(section, health),
            Http2 = section.Read("http2", ProxyKinds.Boolean, defaults.Http2),
            VerifyTls = section.Read("verify-tls", ProxyKinds.Boolean, defaults.VerifyTls),
            RequestsMax = section.TryRead("requests-max", ProxyKinds.Count, out var requests) ? requests : null,
        };
    }

    private StickyOptions ReadSticky(ConfigSection pool, ListenerOptions listener)
    {
        var defaults = new StickyOptions();
        if (pool.Section("sticky") is not { } section)
            return defaults;
        var isNamed = section.TryRead("header-name", ProxyKinds.Token, out var header);
        var sticky = defaults with
        {
            Kind = section.Read("by", ProxyKinds.StickyBy, defaults.Kind),
            CookieName = section.Read("cookie-name", ProxyKinds.Token, defaults.CookieName),
            Secrets = files.ReadSecrets(section, "secrets", ProxyKinds.CookieSecret, ProxyKinds.SecretsMax),
            MaxAge = section.TryRead("max-age", ProxyKinds.CookieAge, out var age) ? age : null,
            Domain = section.TryRead("domain", ProxyKinds.HostName, out var domain) ? domain : null,
            Path = section.Read("path", ProxyKinds.UrlPath, defaults.Path),
            SameSite = section.Read("same-site", ProxyKinds.SameSite, defaults.SameSite),
            Secure = section.TryRead("secure", ProxyKinds.Boolean, out var secure) ? secure : null,
            HeaderName = header,
        };
        if (sticky.Kind == StickyKind.Header && !isNamed && !section.Has("header-name"))
            section.Wrong("header-name", "is missing; stickiness by a header needs its name");
        if (sticky.SameSite == "None" && sticky.Secure != true && (listener.Tls is null || sticky.Secure == false))
        {
            section.Wrong(
                "same-site", "None is taken by browsers only from a secure cookie; set secure = true, or listen.tls");
        }

        section.Close();
        return sticky;
    }
}
