using ActorBalancer.Api.Configuration.Hocon;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>Reads the proxy's part of a HOCON file: <c>proxy.pools</c>, <c>proxy.email</c> and <c>proxy.alerts</c>.
/// </summary>
internal static class HoconProxy
{
    /// <summary>The keys under <c>proxy</c> that are read here, and not by the table of settings.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["pools", "email", "alerts"];

    /// <summary>Most pools. Source: ours.</summary>
    public const int PoolsMax = 100;

    private const int WebhooksMax = 10;
    private const string Group = "proxy";

    /// <summary>Reads what is there.</summary>
    /// <param name="tree">The whole file.</param>
    /// <param name="files">Resolves paths and reads secrets.</param>
    /// <param name="report">Takes what is wrong or doubtful.</param>
    /// <returns>What is right of it; used only when nothing was reported as wrong.</returns>
    public static ProxyOptions Read(HoconObject tree, ConfigFiles files, SettingsReport report)
    {
        if (tree.Find([SettingsTable.Root, Group]) is not HoconObject found)
            return new ProxyOptions();
        var section = new ConfigSection(ConfigNode.From(found), $"{SettingsTable.Root}.{Group}", report);
        var pools = new List<PoolOptions>();
        if (section.Section("pools") is { } list)
        {
            var reader = new PoolReader(files);
            var names = list.Names.ToArray();
            if (names.Length > PoolsMax)
                section.Wrong("pools", $"holds {names.Length} pools; at most {PoolsMax} are allowed");
            foreach (var name in names.Take(PoolsMax))
            {
                if (list.Section(name) is { } pool)
                    pools.Add(reader.Read(name, pool));
            }
        }

        return new ProxyOptions { Pools = pools, Alerts = ReadAlerts(section, files) };
    }

    private static AlertOptions ReadAlerts(ConfigSection section, ConfigFiles files)
    {
        var alerts = new AlertOptions { Mail = ReadMail(section, files) };
        if (section.Section("alerts") is not { } inner)
            return alerts;
        alerts = alerts with
        {
            Webhooks = [.. inner.ReadList("webhooks", ProxyKinds.WebhookUrl, WebhooksMax).Distinct()],
            Interval = inner.Read("interval", ProxyKinds.Window, alerts.Interval),
        };
        inner.Close();
        return alerts;
    }

    private static MailOptions? ReadMail(ConfigSection section, ConfigFiles files)
    {
        if (section.Section("email") is not { } inner)
            return null;
        var password = files.ReadSecret(inner, "password", ProxyKinds.Text);
        var mail = MailReader.Read(inner, inner, "user", password) ?? new MailOptions { Host = "", Port = 0 };
        mail = mail with
        {
            VerifyTls = inner.Read("verify-tls", ProxyKinds.Boolean, mail.VerifyTls),
            Timeout = inner.Read("timeout", ProxyKinds.CheckTime, mail.Timeout),
        };
        inner.Close();
        return mail;
    }
}
