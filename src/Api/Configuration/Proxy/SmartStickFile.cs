using System.Globalization;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>
/// Reads a smart-stick <c>config.json</c> as it is. It makes one pool; what smart-stick has no word for keeps the
/// default of ours. All faults are reported at once.
/// </summary>
internal static class SmartStickFile
{
    /// <summary>Name of the pool.</summary>
    public const string PoolName = "default";

    /// <summary>Most backends of a pool. Source: ours; far above what one machine can feed.</summary>
    public const int BackendsMax = 1000;

    /// <summary>Reads the content of a file.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="file">What to call it in errors.</param>
    /// <param name="report">Takes what is wrong or doubtful.</param>
    /// <returns>Null when anything is wrong.</returns>
    public static ProxyOptions? Read(ReadOnlySpan<byte> content, string file, SettingsReport report)
    {
        var errors = report.Errors.Count;
        if (ConfigJson.Read(content, file, report) is not { } node)
            return null;
        var root = new ConfigSection(node, "", report);
        root.Require("port", ProxyKinds.Port, out var port);
        var strategy = root.Read("strategy", ProxyKinds.Strategy, RoutingStrategies.RoundRobin);
        var healthSection = root.Section("health");
        var health = HealthReader.Read(healthSection, new HealthOptions(), static name => name);
        healthSection?.Close();
        var backends = ReadBackends(root, health);
        var mail = ReadMail(root);
        root.Close();
        if (report.Errors.Count > errors)
            return null;
        return new ProxyOptions
        {
            Pools =
            [
                new PoolOptions
                {
                    Name = PoolName,
                    Listener = new ListenerOptions { Port = port },
                    Strategy = strategy,
                    Backends = backends,
                },
            ],
            Alerts = new AlertOptions { Mail = mail },
        };
    }

    private static List<BackendOptions> ReadBackends(ConfigSection root, HealthOptions health)
    {
        var backends = new List<BackendOptions>();
        var ids = new Dictionary<long, string>();
        var sections = root.Sections("backends", isObjectAllowed: false);
        if (!root.Has("backends"))
            root.Wrong("backends", "is missing; at least one backend is needed");
        else if (sections.Count is 0 or > BackendsMax)
            root.Wrong("backends", $"holds {sections.Count} backends; allowed: 1 to {BackendsMax}");
        foreach (var (_, section) in sections.Take(BackendsMax))
        {
            var hasId = section.Require("id", ProxyKinds.WholeId, out var id);
            if (hasId && !ids.TryAdd(id, section.Path))
                section.Wrong("id", $"{id} is the id of {ids[id]} already; each backend needs one of its own");
            if (section.Require("url", ProxyKinds.BackendUrl, out var url))
                backends.Add(ReadBackend(section, id, url, health));
            else
                ReadBackend(section, id, new Uri("http://localhost"), health);
            section.Close();
        }

        return backends;
    }

    private static BackendOptions ReadBackend(ConfigSection section, long id, Uri url, HealthOptions health) => new()
    {
        Id = id.ToString(CultureInfo.InvariantCulture),
        Url = url,
        Weight = section.Read("weight", ProxyKinds.Weight, 1),
        Owner = section.TryRead("owner", ProxyKinds.MailAddress, out var owner) ? owner : null,
        Health = HealthReader.Read(section, health, OverrideName),
    };

    // path -> healthPath
    private static string OverrideName(string name) => $"health{char.ToUpperInvariant(name[0])}{name[1..]}";

    private static MailOptions? ReadMail(ConfigSection root)
    {
        if (root.Section("email") is not { } section)
            return null;
        var login = section.Section("auth");
        var password = login is not null
            && login.TryRead("pass", ProxyKinds.Text, out var read, isSecret: true) ? read : null;
        var mail = MailReader.Read(section, login, "user", password);
        login?.Close();
        section.Close();
        return mail;
    }
}
