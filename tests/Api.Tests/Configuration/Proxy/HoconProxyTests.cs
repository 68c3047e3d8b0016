using System.Net;
using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.Extensions.Configuration;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration.Proxy;

public sealed class HoconProxyTests : IDisposable
{
    private readonly ProxyConfigProbe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Fact]
    public void Read_NoProxy_GivesNoPools()
    {
        _probe.Write("app.conf", "actorbalancer.server.port = 1").Good().Pools.ShouldBeEmpty();
        _probe.Good(hocon: null).Pools.ShouldBeEmpty();
    }

    [Fact]
    public void Read_EveryKeyWithAnotherValue_ReachesItsOption()
    {
        _probe.Write("c.pem", "c").Write("k.pem", "k").Write("pw", "hush\n").Write("s", "0123456789abcdef\nfedcba9876543210\n");
        var pool = _probe.Pools("""
            web-1 {
              listen {
                port = 8443, address = "::1", tls { certificate = c.pem, key = k.pem, password-file = pw }
                http2 = true, proxy-protocol = true, trusted-proxies = [10.0.0.0/8, "fd00::/8", 192.168.1.7]
                headers-timeout = 1s, keep-alive-timeout = 2s, bytes-per-second-min = 3, header-bytes-max = 4kb
                connections-max = 5
              }
              hosts = [A.example.org, "*.b.example.org"], paths = [/x/, /y/z]
              strategy = consistent-hash
              backends = [{ id = x, url = "https://x:1/p", weight = 9, owner = "o@x.org", http2 = true,
                verify-tls = false, requests-max = 6, health { path = /own, rise = 7 } }]
              health { interval = 11s, path = /all, method = HEAD, algorithm = http, timeout = 12s, headers { a = b }
                fall = 13, rise = 14 }
              sticky { by = signed-cookie, cookie-name = c, secrets-file = s, max-age = 1h, domain = example.org
                path = /p, same-site = none, secure = true, header-name = h }
              outliers { consecutive-failures = 1, error-rate = 0.1, requests-min = 2, window = 3s, ejection-time = 4s
                ejection-time-max = 5s, ejected-max = 1, panic-threshold = 0 }
              retry { attempts = 0, when-no-answer = false, budget-share = 0.9, budget-per-second = 8 }
              timeouts { connect = 1, first-byte = 0, idle = 3, tunnel = 4 }
              limits { requests-per-backend = 1, connections-per-backend = 2, queue = 3, queue-wait = 4
                request-body-max = 0, websocket-message-max = 6 }
              drain { sessions-max = 1, timeout = 2, session-idle = 3 }
              slow-start = 0, preserve-host = false, expose-backend = false, compress = true
              access-log { format = combined, path = a.log }
            }
            """).Good().Pools.ShouldHaveSingleItem();

        pool.Name.ShouldBe("web-1");
        pool.Listener.ShouldBe(new ListenerOptions
        {
            Port = 8443,
            Address = IPAddress.IPv6Loopback,
            Http2 = true,
            ProxyProtocol = true,
            Tls = new TlsOptions
            {
                CertificatePath = _probe.Combine("c.pem"),
                KeyPath = _probe.Combine("k.pem"),
                Password = "hush",
            },
            TrustedProxies = new NetworkList(
                [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("fd00::/8"), IPNetwork.Parse("192.168.1.7/32")]),
            HeadersTimeout = TimeSpan.FromSeconds(1),
            KeepAliveTimeout = TimeSpan.FromSeconds(2),
            BytesPerSecondMin = 3,
            HeaderBytesMax = 4096,
            ConnectionsMax = 5,
        });
        pool.Hosts.ShouldBe(["a.example.org", "*.b.example.org"]);
        pool.Paths.ShouldBe(["/x", "/y/z"]);
        pool.Strategy.ShouldBe("consistent-hash");
        var backend = pool.Backends.ShouldHaveSingleItem();
        backend.ShouldBe(new BackendOptions
        {
            Id = "x",
            Url = new Uri("https://x:1/p"),
            Weight = 9,
            Owner = "o@x.org",
            Http2 = true,
            VerifyTls = false,
            RequestsMax = 6,
            Health = backend.Health,
        });
        backend.Health.ShouldBe(new HealthOptions
        {
            Interval = TimeSpan.FromSeconds(11),
            Path = "/own",
            Method = "HEAD",
            Algorithm = HealthAlgorithm.Http,
            Timeout = TimeSpan.FromSeconds(12),
            Headers = backend.Health.Headers,
            Fall = 13,
            Rise = 7,
        });
        backend.Health.Headers.ShouldBe([new("a", "b")]);
        pool.Sticky.ShouldBe(new StickyOptions
        {
            Kind = StickyKind.SignedCookie,
            CookieName = "c",
            Secrets = pool.Sticky.Secrets,
            MaxAge = TimeSpan.FromHours(1),
            Domain = "example.org",
            Path = "/p",
            SameSite = "None",
            Secure = true,
            HeaderName = "h",
        });
        pool.Sticky.Secrets.ShouldBe(["0123456789abcdef", "fedcba9876543210"]);
        pool.Outliers.ShouldBe(new OutlierOptions
        {
            ConsecutiveFailures = 1,
            ErrorRate = 0.1,
            RequestsMin = 2,
            Window = TimeSpan.FromSeconds(3),
            EjectionTime = TimeSpan.FromSeconds(4),
            EjectionTimeMax = TimeSpan.FromSeconds(5),
            EjectedMax = 1,
            PanicThreshold = 0,
        });
        pool.Retry.ShouldBe(
            new RetryOptions { Attempts = 0, WhenNoAnswer = false, BudgetShare = 0.9, BudgetPerSecond = 8 });
        pool.Timeouts.ShouldBe(new TimeoutOptions
        {
            Connect = Milliseconds(1),
            FirstByte = TimeSpan.Zero,
            Idle = Milliseconds(3),
            Tunnel = Milliseconds(4),
        });
        pool.Limits.ShouldBe(new LimitOptions
        {
            RequestsPerBackend = 1,
            ConnectionsPerBackend = 2,
            Queue = 3,
            QueueWait = Milliseconds(4),
            RequestBodyMax = 0,
            WebSocketMessageMax = 6,
        });
        pool.Drain.ShouldBe(
            new DrainOptions { SessionsMax = 1, Timeout = Milliseconds(2), SessionIdle = Milliseconds(3) });
        pool.SlowStart.ShouldBe(TimeSpan.Zero);
        (pool.PreserveHost, pool.ExposeBackend, pool.Compress).ShouldBe((false, false, true));
        pool.AccessLog.ShouldBe(
            new AccessLogOptions { Format = AccessLogFormat.Combined, Path = _probe.Combine("a.log") });
    }

    [Fact]
    public void Read_MailAndWebhooks_AreTakenOver()
    {
        var alerts = _probe.Write("pw", "pass word").Write("app.conf", """
            actorbalancer.proxy {
              email { host = "::1", port = 2525, secure = false, verify-tls = false, user = u, password-file = pw
                from = "lb@example.org", timeout = 3s }
              alerts { webhooks = ["https://hooks.example.org/a", "http://10.0.0.1/b"], interval = 2m }
            }
            """).Good().Alerts;

        var mail = alerts.Mail.ShouldNotBeNull();
        (mail.Host, mail.Port, mail.Secure, mail.VerifyTls).ShouldBe(("::1", 2525, false, false));
        (mail.User, mail.Password, mail.From, mail.Timeout)
            .ShouldBe(("u", "pass word", "lb@example.org", TimeSpan.FromSeconds(3)));
        alerts.Webhooks.ShouldBe([new Uri("https://hooks.example.org/a"), new Uri("http://10.0.0.1/b")]);
        alerts.Interval.ShouldBe(TimeSpan.FromMinutes(2));
    }

    [Theory]
    [InlineData("strategy = sticky", "p.strategy: 'sticky' (app.conf, line 2) is not known")]
    [InlineData("backends.a.weight = 0", "p.backends.a.weight: '0' (app.conf, line 2) is out of range")]
    [InlineData("backends.b.weight = 1", "p.backends.b.url: is missing")]
    [InlineData("backends.\"a b\".url = \"http://b\"", "'a b' is no identity")]
    [InlineData("listen.address = 300.1.1.1", "p.listen.address: '300.1.1.1' (app.conf, line 2) is not an address")]
    [InlineData("listen.trusted-proxies = [10.0.0.1/8]", "the bits behind the prefix must be zero")]
    [InlineData("listen.proxy-protocol = true", "p.listen.proxy-protocol (app.conf, line 2): needs trusted-proxies")]
    [InlineData("listen.tls.certificate = gone.pem", "gone.pem' does not exist")]
    [InlineData("listen.tls.key = k", "p.listen.tls.certificate: is missing")]
    [InlineData("hosts = [\"a.org:80\"]", "p.hosts[0]: 'a.org:80' (app.conf, line 2) is no host name")]
    [InlineData("hosts = [\"*.*.org\"]", "is no host name")]
    [InlineData("paths = [x]", "p.paths[0]: 'x' (app.conf, line 2) is no path prefix")]
    [InlineData("paths = [/a/../b]", "is no path prefix")]
    [InlineData("sticky.by = header", "p.sticky.header-name (app.conf, line 2): is missing")]
    [InlineData("sticky.same-site = None", "set secure = true, or listen.tls")]
    [InlineData("sticky.cookie-name = \"a;b\"", "p.sticky.cookie-name: 'a;b' (app.conf, line 2) is no name")]
    [InlineData("sticky.path = \"/;Domain=evil\"", "is no path")]
    [InlineData("sticky.secrets = [short]", "p.sticky.secrets[0]: '***' (app.conf, line 2) is too short")]
    [InlineData("sticky.secrets-file = gone", "the file cannot be read")]
    [InlineData("outliers.error-rate = 1.5", "p.outliers.error-rate: '1.5' (app.conf, line 2) is out of range")]
    [InlineData("outliers.error-rate = NaN", "is not a number")]
    [InlineData("outliers { ejection-time = 2m, ejection-time-max = 1m }", "2 m is above ejection-time-max, 1 m")]
    [InlineData("retry.attempts = 11", "allowed: 0 to 10")]
    [InlineData("timeouts = 5s", "p.timeouts: '5s' (app.conf, line 2) stands where an object belongs")]
    [InlineData("slow-start = soon", "p.slow-start: 'soon' (app.conf, line 2) is not a duration")]
    [InlineData("health.method = CONNECT", "is no method for a check")]
    [InlineData("health.headers { \"X\" = \"a\\r\\nb\" }", "holds a character that a header line cannot carry")]
    [InlineData("access-log.format = xml", "p.access-log.format: 'xml' (app.conf, line 2) is not known")]
    public void Read_WrongKey_NamesItAndTheProblem(string line, string problem) =>
        _probe.Pool(line).Read().Errors.ShouldHaveSingleItem().ShouldContain(problem);

    [Theory]
    [InlineData(0, "p.sticky.secrets-file (app.conf, line 2): the file is empty")]
    [InlineData(3, "p.sticky.secrets-file (app.conf, line 2): the file is empty")]
    [InlineData(70_000, "p.sticky.secrets-file (app.conf, line 2): the file has over 65536 bytes")]
    public void Read_SecretsFileOfLineEnds_SaysWhatIsWrong(int lines, string problem)
    {
        _probe.Write("s", new string('\n', lines));
        _probe.Pool("sticky { by = signed-cookie, secrets-file = s }").Read().Errors
            .ShouldContain(error => error.Contains(problem));
    }

    [Theory]
    [InlineData("p {}", "p.listen (app.conf, line 1): is missing", "p.backends (app.conf, line 1): is missing")]
    [InlineData("\"p q\" { listen.port = 1, backends.a.url = \"http://a\" }", "'p q' is no name of a pool")]
    [InlineData("p { listen.port = 1, backends = {} }", "holds 0 backends")]
    [InlineData(
        "p { listen.port = 1, backends = [{id = a, url = \"http://a\"}, {id = a, url = \"http://b\"}] }",
        "pools.p.backends[1].id (app.conf, line 1): 'a' is the id of actorbalancer.proxy.pools.p.backends[0] already")]
    [InlineData("p = 5", "pools.p: '5' (app.conf, line 1) stands where an object belongs")]
    public void Read_WrongPool_TellsAllAtOnce(string pools, params string[] problems)
    {
        var errors = _probe.Pools(pools).Read().Errors;

        foreach (var problem in problems) errors.ShouldContain(error => error.Contains(problem));
    }

    [Fact]
    public void Read_UnknownKeys_AreWarnings()
    {
        var reading = _probe.Pool("stiky.by = none, retry { attemps = 1 }").Read();

        reading.Options.ShouldNotBeNull();
        reading.Warnings.ShouldBe(
        [
            "app.conf, line 2: unknown member 'actorbalancer.proxy.pools.p.retry.attemps' is ignored; "
                + "did you mean 'attempts'?",
            "app.conf, line 2: unknown member 'actorbalancer.proxy.pools.p.stiky' is ignored; did you mean 'sticky'?",
        ]);
    }

    [Theory]
    [InlineData(
        "sticky { by = header, header-name = X }, strategy = random",
        "random has no effect with sticky.by = header,")]
    [InlineData(
        "sticky.by = client-ip\nstrategy = round-robin",
        "round-robin has no effect with sticky.by = client-ip,")]
    public void Read_StrategyThatStickinessLeavesIdle_IsAWarning(string lines, string warning)
    {
        var reading = _probe.Pool(lines).Read();

        reading.Options.ShouldNotBeNull();
        var found = reading.Warnings.ShouldHaveSingleItem();
        found.ShouldStartWith("app.conf, line ");
        found.ShouldContain($"actorbalancer.proxy.pools.p.strategy = {warning} which places by consistent hashing");
    }

    [Theory]
    [InlineData("sticky.by = client-ip")]
    [InlineData("sticky.by = client-ip, strategy = consistent-hash")]
    [InlineData("sticky.by = cookie, strategy = random")]
    public void Read_StrategyThatCounts_IsBeyondDoubt(string line) => _probe.Pool(line).Good();

    [Fact]
    public void Read_NullBackendAndPool_CountAsTakenAway()
    {
        var pools = _probe.Pools("""
            p { listen.port = 1, backends { a.url = "http://a", b.url = "http://b" } }
            q { listen.port = 1 }
            p.backends.a = null, q = null
            """).Good().Pools;

        pools.ShouldHaveSingleItem().Backends.ShouldHaveSingleItem().Id.ShouldBe("b");
    }

    [Theory]
    [InlineData("", "", "both listen on port 80 and serve host '*' (every other), path '/'")]
    [InlineData("hosts = [a.org]", "hosts = [b.org, a.org]", "serve host 'a.org', path '/'")]
    [InlineData("paths = [/a, /b]", "paths = [/b/]", "path '/b'")]
    [InlineData("listen.http2 = true", "hosts = [a.org]", "but listen.http2 differ")]
    [InlineData("listen.address = 127.0.0.1", "hosts = [a.org]", "one of them on every address")]
    [InlineData("listen.port = 0", "listen.port = 0", "which is one listener with the same settings, and serve host")]
    public void Read_PoolsThatStandInEachOthersWay_AreRefusedByName(string one, string other, string problem) =>
        _probe.Pools(Two(one, other)).Read().Errors.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            error => error.ShouldStartWith("Pools 'one' and 'two' "), error => error.ShouldContain(problem));

    [Theory]
    [InlineData("hosts = [a.org]", "")]
    [InlineData("hosts = [a.org]", "hosts = [b.org]")]
    [InlineData("hosts = [\"*.a.org\"]", "hosts = [a.org]")]
    [InlineData("paths = [/a]", "paths = [/a/b]")]
    [InlineData("listen.address = 127.0.0.1", "listen.address = 127.0.0.2, hosts = [a.org]")]
    [InlineData("listen.port = 81", "")]
    [InlineData("listen.port = 0", "listen.port = 0, hosts = [a.org]")]
    [InlineData("listen.port = 0", "listen { port = 0, http2 = true }")]
    public void Read_PoolsThatCanBeToldApart_AreTaken(string one, string other) =>
        _probe.Pools(Two(one, other)).Good().Pools.Count.ShouldBe(2);

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("127.0.0.1", "*", true)]
    [InlineData("0.0.0.0", "127.0.0.2", true)]
    [InlineData("127.0.0.1", "127.0.0.2", false)]
    public void Read_PortOfTheBalancerItself_IsRefused(string edge, string pool, bool isRefused)
    {
        _probe.Edge = new EdgeAddress(80, [IPAddress.Parse(edge)]);

        var errors = _probe.Pool($"listen.address = \"{pool}\"").Read().Errors;

        if (isRefused) errors.ShouldHaveSingleItem().ShouldContain("port 80 is the balancer's own (PORT)");
        else errors.ShouldBeEmpty();
    }

    [Fact]
    public void Read_BothFiles_GiveAllPoolsAndRefuseTwoMailServers()
    {
        _probe.Write("c.json", """{"port": 81, "backends": [{"id": 1, "url": "http://a"}]}""").Pool("");
        _probe.Good("c.json").Pools.Select(static pool => pool.Name).ShouldBe(["default", "p"]);

        _probe.Write("c.json",
            """{"port": 81, "email": {"host": "h"}, "backends": [{"id": 1, "url": "http://a"}]}""");
        _probe.Good("c.json").Alerts.Mail!.Host.ShouldBe("h");

        _probe.Write("app.conf", "actorbalancer.proxy.email.host = other");
        _probe.Read("c.json").Errors.ShouldHaveSingleItem().ShouldContain("keep one of them");
    }

    [Fact]
    public void Read_PoolOfTheSameNameInBothFiles_IsRefused()
    {
        _probe.Write("c.json", """{"port": 81, "backends": [{"id": 1, "url": "http://a"}]}""");
        _probe.Pools("default { listen.port = 82, backends.a.url = \"http://a\" }");

        _probe.Read("c.json").Errors.ShouldHaveSingleItem().ShouldStartWith("Pool 'default' is there twice");
    }

    [Fact]
    public void Read_FilesThatItDependsOn_AreNamed()
    {
        _probe.Write("c.json", """{"port": 81, "backends": [{"id": 1, "url": "http://a"}]}""");
        _probe.Write("s", "0123456789abcdef").Write("app.conf", """
            include "more.conf"
            include "gone.conf"
            actorbalancer.proxy.pools.p { listen.port = 80, backends.a.url = "http://a", sticky.secrets-file = s }
            """).Write("more.conf", "");

        _probe.Read("c.json").Files.ShouldBe(
            new[] { "c.json", "s", "app.conf", "more.conf", "gone.conf" }.Select(_probe.Combine), ignoreOrder: true);
    }

    [Fact]
    public void Read_MissingOrBrokenFiles_AreErrors()
    {
        _probe.Read("gone.json", null).Errors.ShouldHaveSingleItem().ShouldStartWith("PROXY_CONFIG: 'gone.json'");
        _probe.Write("app.conf", "a {").Read().Errors.ShouldHaveSingleItem().ShouldStartWith("app.conf, line ");
    }

    [Fact]
    public void Load_Settings_CheckTheProxyAndKeepItsSecretsToThemselves()
    {
        using var probe = new SettingsProbe();
        probe.Hocon("""
            proxy {
              pools.p { listen.port = 1, backends.a.url = "http://a", sticky.secrets = [hush-hush-hush-hush-hush] }
              email { host = h, user = u, password = hush-hush-hush-hush-hush }
            }
            """);

        var result = probe.Load();

        result.Warnings.ShouldBeEmpty();
        result.Settings!.Proxy.Read().Options!.Pools.ShouldHaveSingleItem().Name.ShouldBe("p");
        result.Configuration.AsEnumerable().ShouldAllBe(static pair => pair.Value != "hush-hush-hush-hush-hush");

        probe.Hocon("proxy { pools.p { listen.port = 4000 }, pols = 1 }, tasks.attempts = 0");
        result = probe.Load();
        result.Errors.Count.ShouldBe(3);
        result.Warnings.ShouldHaveSingleItem().ShouldContain("did you mean 'actorbalancer.proxy.pools'?");
    }

    [Fact]
    public void Complete_SignedCookiesWithoutSecrets_GetOnesOfTheKeyAndThePool()
    {
        const string Signed = "sticky.by = signed-cookie, backends.a.url = \"http://a\", listen.port";
        var options = _probe.Pools($"a {{ {Signed} = 1 }}, b {{ {Signed} = 2 }}\n"
            + $"c {{ {Signed} = 3, sticky.by = cookie }}\n"
            + $"d {{ {Signed} = 4, sticky.secrets = [0123456789abcdef] }}").Good();

        var one = StickySecrets.Complete(options, "key one").Pools.Select(Secret).ToArray();
        var again = StickySecrets.Complete(options, "key one").Pools.Select(Secret).ToArray();
        var other = StickySecrets.Complete(options, "key two").Pools.Select(Secret).ToArray();

        one.ShouldBe(again);
        Convert.FromBase64String(one[0]!).Length.ShouldBe(32);
        one[0].ShouldNotBe(one[1]);
        one[0].ShouldNotBe(other[0]);
        one[2].ShouldBeNull();
        one[3].ShouldBe("0123456789abcdef");

        static string? Secret(PoolOptions pool) => pool.Sticky.Secrets.SingleOrDefault();
    }

    private static string Two(string one, string other) =>
        $"one {{ listen.port = 80, backends.a.url = \"http://a\"\n{one} }}\n"
        + $"two {{ listen.port = 80, backends.a.url = \"http://a\"\n{other} }}";

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);
}
