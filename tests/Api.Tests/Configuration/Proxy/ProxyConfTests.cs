using System.Reflection;
using System.Text.RegularExpressions;
using ActorBalancer.Api.Configuration.Hocon;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying.Options;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration.Proxy;

/// <summary>hocon/proxy.conf shows every setting of the proxy with its default.</summary>
public sealed partial class ProxyConfTests : IDisposable
{
    // Options whose key is not their name in lower case with dashes.
    private static readonly Dictionary<string, string?> Keys = new(StringComparer.Ordinal)
    {
        ["PoolOptions.Name"] = null,
        ["PoolOptions.Listener"] = "listen",
        ["BackendOptions.Id"] = "id",
        ["HealthOptions.Check"] = null,
        ["StickyOptions.Kind"] = "by",
        ["TlsOptions.CertificatePath"] = "certificate",
        ["TlsOptions.KeyPath"] = "key",
        ["LimitOptions.WebSocketMessageMax"] = "websocket-message-max",
        ["AlertOptions.Mail"] = null,
    };

    private static readonly string Text =
        File.ReadAllText(Path.Combine(SettingsDocuments.Repository, "hocon", "proxy.conf"));

    private readonly ProxyConfigProbe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Fact]
    public void File_AsItIs_GivesTheDefaults()
    {
        var options = _probe.Write("app.conf", Text).Good();

        var pool = options.Pools[0];
        var bare = new PoolOptions { Name = "site", Listener = new ListenerOptions { Port = 8080 }, Backends = [] };
        pool.Listener.ShouldBe(bare.Listener);
        pool.Hosts.ShouldBeEmpty();
        pool.Paths.ShouldBeEmpty();
        pool.Sticky.ShouldBe(bare.Sticky with { Secrets = pool.Sticky.Secrets });
        pool.Sticky.Secrets.ShouldBeEmpty();
        (pool with
        {
            Listener = bare.Listener,
            Hosts = bare.Hosts,
            Paths = bare.Paths,
            Sticky = bare.Sticky,
            Backends = bare.Backends,
        }).ShouldBe(bare);
        foreach (var backend in pool.Backends)
        {
            backend.Health.Headers.ShouldBeEmpty();
            backend.ShouldBe(new BackendOptions { Id = backend.Id, Url = backend.Url, Health = backend.Health });
            backend.Health.ShouldBe(new HealthOptions { Headers = backend.Health.Headers });
        }

        options.Alerts.ShouldBe(new AlertOptions() with { Webhooks = options.Alerts.Webhooks });
        options.Alerts.Webhooks.ShouldBeEmpty();
    }

    [Fact]
    public void File_HoldsEveryOption()
    {
        var tree = WithAllKeys();
        var pool = tree.Find(["actorbalancer", "proxy", "pools", "site"]).ShouldBeOfType<HoconObject>();
        List<string> missing = [];

        Check(typeof(PoolOptions), pool, "pool");
        Check(typeof(BackendOptions), Inside(tree, "pools", "api", "backends"), "backend");
        Check(typeof(BackendOptions), Inside(tree, "pools", "site", "backends", "a"), "backend", except: "id");
        Check(typeof(MailOptions), Inside(tree, "email"), "email");
        Check(typeof(AlertOptions), Inside(tree, "alerts"), "alerts");
        missing.ShouldBeEmpty();

        void Check(Type type, HoconValue? value, string path, string? except = null)
        {
            // Of a list of backends only that they have identities is looked at.
            if (value is HoconList list)
            {
                list.Items.ShouldAllBe(item => ((HoconObject)item).Fields.ContainsKey("id"));
                return;
            }

            foreach (var option in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                var key = Keys.TryGetValue($"{type.Name}.{option.Name}", out var named) ? named : Kebab(option.Name);
                if (key is null || key == except)
                    continue;
                var inner = (value as HoconObject)?.Find([key]);
                if (inner is null)
                    missing.Add($"{path}.{key}");
                else if (option.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal)
                    && option.PropertyType != typeof(HealthOptions))
                    Check(option.PropertyType, inner, $"{path}.{key}");
            }

            if (type == typeof(PoolOptions))
                Check(typeof(HealthOptions), ((HoconObject)value!).Find(["health"]), $"{path}.health");
        }
    }

    [Fact]
    public void File_WithAllThatIsCommentedOut_HasNoUnknownKey()
    {
        _probe.Write("app.conf", Uncommented());

        // Some exclude each other; only what nobody knows is of interest.
        _probe.Read().Warnings.ShouldBeEmpty();
    }

    private static HoconValue? Inside(HoconObject tree, params string[] path) =>
        tree.Find(["actorbalancer", "proxy", .. path]);

    private static string Kebab(string name) => Word().Replace(name, "-$0").TrimStart('-').ToLowerInvariant();

    private static HoconObject WithAllKeys()
    {
        var files = new HoconFiles("/");
        return HoconResolver.Resolve(files.Parse("proxy.conf", Uncommented()), static _ => null);
    }

    // Settings that are commented out look like "# key = value" or "# key { ... }".
    private static string Uncommented() => CommentedOut().Replace(Text, "${pad}${setting}");

    [GeneratedRegex(
        @"^(?<pad> *)# (?<setting>[a-z0-9-]+ (= |\{ [a-z]).*)$",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex CommentedOut();

    [GeneratedRegex("[A-Z][a-z0-9]*", RegexOptions.None, 1000)]
    private static partial Regex Word();
}
