using System.Text;
using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration.Proxy;

public sealed class SmartStickFileTests
{
    private readonly SettingsReport _report = new();

    [Fact]
    public void Read_LeastFile_GivesOnePoolWithDefaults()
    {
        var options = Good("""{"port": 3000, "backends": [{"id": 1, "url": "http://localhost:4001"}]}""");

        var pool = options.Pools.ShouldHaveSingleItem();
        pool.Name.ShouldBe("default");
        pool.Listener.ShouldBe(new ListenerOptions { Port = 3000 });
        pool.Strategy.ShouldBe(RoutingStrategies.RoundRobin);
        pool.Sticky.ShouldBe(new StickyOptions() with { Secrets = pool.Sticky.Secrets });
        pool.Sticky.Kind.ShouldBe(StickyKind.Cookie);
        var backend = pool.Backends.ShouldHaveSingleItem();
        backend.Id.ShouldBe("1");
        backend.Url.ShouldBe(new Uri("http://localhost:4001/"));
        backend.Weight.ShouldBe(1);
        backend.Owner.ShouldBeNull();
        backend.Health.Interval.ShouldBe(TimeSpan.FromSeconds(10));
        backend.Health.Timeout.ShouldBe(TimeSpan.FromSeconds(2));
        backend.Health.Path.ShouldBe("/");
        backend.Health.Method.ShouldBe("GET");
        backend.Health.Algorithm.ShouldBe(HealthAlgorithm.HttpStatus);
        backend.Health.Headers.ShouldBeEmpty();
        options.Alerts.Mail.ShouldBeNull();
        _report.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public void Read_EveryMember_IsTakenOver()
    {
        var options = Good("""
            {
              "port": 8080,
              "strategy": "least-connections",
              "backends": [
                {
                  "id": 7, "url": "https://a.example.org:8443/app/", "weight": 3, "owner": "a@example.org",
                  "healthPath": "/ping?deep=1", "healthMethod": "head", "healthAlgorithm": "http",
                  "healthTimeout": 750, "healthHeaders": { "X-Token": "t" }
                },
                { "id": -2, "url": "http://10.0.0.2" }
              ],
              "health": {
                "interval": 5000, "path": "/healthz", "method": "POST", "algorithm": "http-status", "timeout": 1500,
                "headers": { "Authorization": "Bearer x" }
              },
              "email": {
                "host": "mail.example.org", "port": 2525, "secure": true,
                "auth": { "user": "u@example.org", "pass": "p w" }
              }
            }
            """);

        var pool = options.Pools[0];
        pool.Strategy.ShouldBe("least-connections");
        pool.Listener.Port.ShouldBe(8080);
        var first = pool.Backends[0];
        first.ShouldBe(new BackendOptions
        {
            Id = "7",
            Url = new Uri("https://a.example.org:8443/app/"),
            Weight = 3,
            Owner = "a@example.org",
            Health = first.Health,
        });
        first.Health.ShouldBe(new HealthOptions
        {
            Interval = TimeSpan.FromSeconds(5),
            Path = "/ping?deep=1",
            Method = "HEAD",
            Algorithm = HealthAlgorithm.Http,
            Timeout = TimeSpan.FromMilliseconds(750),
            Headers = first.Health.Headers,
        });
        first.Health.Headers.ShouldBe([new("X-Token", "t")]);
        var second = pool.Backends[1];
        second.Id.ShouldBe("-2");
        second.Health.Path.ShouldBe("/healthz");
        second.Health.Method.ShouldBe("POST");
        second.Health.Headers["authorization"].ShouldBe("Bearer x");
        var mail = options.Alerts.Mail.ShouldNotBeNull();
        (mail.Host, mail.Port, mail.Secure, mail.User, mail.Password)
            .ShouldBe(("mail.example.org", 2525, true, "u@example.org", "p w"));
    }

    [Theory]
    [InlineData("""{"service": "gmail"}""", "smtp.gmail.com", 465, true)]
    [InlineData("""{"service": "Gmail"}""", "smtp.gmail.com", 465, true)]
    [InlineData("""{"service": "outlook"}""", "smtp-mail.outlook.com", 587, false)]
    [InlineData("""{"service": "SES-eu-west-1"}""", "email-smtp.eu-west-1.amazonaws.com", 465, true)]
    [InlineData("""{"host": "m.example.org"}""", "m.example.org", 587, false)]
    [InlineData("""{"host": "m.example.org", "secure": true}""", "m.example.org", 465, true)]
    public void Read_MailServer_KnowsServicesAndDefaults(string email, string host, int port, bool secure)
    {
        var mail = Good($$"""{"port": 1, "backends": [{"id": 1, "url": "http://a"}], "email": {{email}} }""").Alerts.Mail;

        (mail!.Host, mail.Port, mail.Secure).ShouldBe((host, port, secure));
    }

    [Fact]
    public void Read_CommentsTrailingCommasAndMark_AreTaken() => Good("""
        // what stands behind the proxy
        { "port": 3000, /* one */ "backends": [ { "id": 1, "url": "http://a:1", }, ], }
        """, mark: true).Pools.Count.ShouldBe(1);

    [Fact]
    public void Read_WholeNumbersInOtherForms_AreTaken()
    {
        var pool = Good("""{"port": 3e3, "backends": [{"id": 1.0, "url": "http://a:1", "weight": 2.0}]}""").Pools[0];

        pool.Listener.Port.ShouldBe(3000);
        (pool.Backends[0].Id, pool.Backends[0].Weight).ShouldBe(("1", 2));
    }

    [Fact]
    public void Read_NullMembers_CountAsNotSet() => Good("""
        {"port": 1, "strategy": null, "email": null, "health": {"path": null},
         "backends": [{"id": 1, "url": "http://a", "owner": null, "weight": null}]}
        """).Pools[0].Backends[0].Health.Path.ShouldBe("/");

    [Fact]
    public void Read_UnknownMembers_AreWarningsWithTheNearestName()
    {
        Good("""
            {"port": 1, "strategie": "random",
             "backends": [{"id": 1, "url": "http://a", "healthpath": "/x"}], "helth": {}, "colour": 1,
             "health": {"intervall": 1}, "email": {"service": "gmail", "auth": {"user": "u", "pass": "p", "passs": 1}}}
            """);

        _report.Warnings.ShouldBe(
        [
            "config.json, line 3: unknown member 'health.intervall' is ignored; did you mean 'interval'?",
            "config.json, line 2: unknown member 'backends[0].healthpath' is ignored; did you mean 'healthPath'?",
            "config.json, line 3: unknown member 'email.auth.passs' is ignored; did you mean 'pass'?",
            "config.json, line 1: unknown member 'strategie' is ignored; did you mean 'strategy'?",
            "config.json, line 2: unknown member 'helth' is ignored; did you mean 'health'?",
            "config.json, line 2: unknown member 'colour' is ignored; docs/proxy.md lists all",
        ], ignoreOrder: true);
    }

    [Fact]
    public void Read_ManyFaults_AreToldAllAtOnce()
    {
        Bad("""
            {
              "port": 70000,
              "strategy": "round-robbin",
              "backends": [
                { "id": 1, "url": "ftp://a" },
                { "id": 1, "url": "http://b", "weight": 0 },
                { "url": "http://c", "owner": "nobody" }
              ],
              "health": { "interval": "10s" }
            }
            """).ShouldBe(
        [
            "port: '70000' (config.json, line 2) is out of range; allowed: 0 to 65535; 0 = any free port",
            "strategy: 'round-robbin' (config.json, line 3) is not known (did you mean 'round-robin'?); allowed: "
                + string.Join(", ", RoutingStrategies.Names),
            "health.interval: '10s' (config.json, line 9) is a text, not a number; allowed: 10 ms to 1 h; "
                + "a plain number counts milliseconds; units: ns us ms s m h d",
            "backends[0].url: 'ftp://a' (config.json, line 5) has the scheme 'ftp'; allowed: "
                + "http:// or https://, a host, a port and a path, without user, query and fragment",
            "backends[1].id (config.json, line 6): 1 is the id of backends[0] already; "
                + "each backend needs one of its own",
            "backends[1].weight: '0' (config.json, line 6) is out of range; allowed: 1 to 1000",
            "backends[2].id: is missing (config.json, line 7); allowed: a whole number that no other backend has",
            "backends[2].owner: 'nobody' (config.json, line 7) is no e-mail address; allowed: "
                + "local-part@host in ASCII, such as ops@example.org",
        ]);
    }

    [Theory]
    [InlineData("http://user@host", "user")]
    [InlineData("http://user:pw@host", "user")]
    [InlineData("http://host/?q=1", "query")]
    [InlineData("http://host/#f", "fragment")]
    [InlineData("http://", "no URL")]
    [InlineData("http://host:0", "no port")]
    [InlineData("http://host:99999", "no URL")]
    [InlineData("host:80", "scheme")]
    [InlineData("/path", "scheme")]
    [InlineData("file:///etc/passwd", "scheme")]
    [InlineData("http://ho st", "character")]
    [InlineData("http://host\\\\path", "character")]
    [InlineData("http://h\u00f6st", "character")]
    public void Read_BadUrl_IsRefused(string url, string problem) =>
        Bad($$"""{"port": 1, "backends": [{"id": 1, "url": "{{url}}"}]}""").ShouldHaveSingleItem()
            .ShouldSatisfyAllConditions(
                error => error.ShouldStartWith("backends[0].url: "), error => error.ShouldContain(problem));

    [Theory]
    [InlineData("\"X-A\": \"a\\r\\nX-B: b\"", "control characters")]
    [InlineData("\"X-A\": \"a\\u0000\"", "control characters")]
    [InlineData("\"X-A\\r\\nX-B\": \"a\"", "no name")]
    [InlineData("\"X A\": \"a\"", "no name")]
    [InlineData("\"\": \"a\"", "no name")]
    [InlineData("\"Content-Length\": \"5\"", "by the check itself")]
    [InlineData("\"transfer-encoding\": \"chunked\"", "by the check itself")]
    [InlineData("\"X-A\": 5", "not a text")]
    [InlineData("\"X-A\": \"a\", \"x-a\": \"b\"", "twice")]
    public void Read_BadHealthHeader_IsRefused(string header, string problem) => Bad(
        "{\"port\": 1, \"backends\": [{\"id\": 1, \"url\": \"http://a\", \"healthHeaders\": {" + header + "}}]}")
        .ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            error => error.ShouldContain("backends[0].healthHeaders"),
            error => error.ShouldContain(problem),
            error => error.ShouldNotContain("\r"));

    [Fact]
    public void Read_BadHeaderValue_IsNotShown() => Bad(
        """{"port": 1, "backends": [{"id": 1, "url": "http://a"}], "health": {"headers": {"X": "secret\n"}}}""")
        .ShouldHaveSingleItem().ShouldNotContain("secret");

    [Theory]
    [InlineData("a")]
    [InlineData("a@")]
    [InlineData("@b")]
    [InlineData("a b@c")]
    [InlineData("a@b>\\r\\nRCPT TO:<c@d")]
    [InlineData("A <a@b>")]
    [InlineData("a@b,c@d")]
    [InlineData("a@b..c")]
    [InlineData("\\\"a\\\"@b")]
    [InlineData("\u00e4@b")]
    [InlineData("")]
    public void Read_BadOwner_IsRefused(string owner) =>
        Bad($$"""{"port": 1, "backends": [{"id": 1, "url": "http://a", "owner": "{{owner}}"}]}""")
            .ShouldHaveSingleItem().ShouldContain("is no e-mail address");

    [Theory]
    [InlineData("""{"port": "3000"}""", "port: '3000' (config.json, line 1) is a text, not a number")]
    [InlineData("""{"port": 30.5}""", "port: '30.5' (config.json, line 1) is not a whole number")]
    [InlineData("""{"port": 1e400}""", "port: '1e400' (config.json, line 1) is not a whole number")]
    [InlineData("""{"port": true}""", "port: 'true' (config.json, line 1) is a boolean, not a number")]
    [InlineData("""{"port": [1]}""", "port: a list (config.json, line 1) is not a single value")]
    [InlineData("""{"port": 1, "strategy": 5}""", "strategy: '5' (config.json, line 1) is a number, not a text")]
    [InlineData("""{"port": 1, "health": 5}""", "health: '5' (config.json, line 1) stands where an object belongs")]
    [InlineData("""{"port": 1, "email": {"service": "gmail", "secure": "yes"}}""", "email.secure: 'yes'")]
    [InlineData("""{"port": 1, "email": {}}""", "email.host (config.json, line 1): is missing")]
    [InlineData("""{"port": 1, "email": {"service": "gmail", "host": "h"}}""", "are both set")]
    [InlineData("""{"port": 1, "email": {"service": "gmial"}}""", "did you mean 'gmail'?")]
    [InlineData("""{"port": 1, "email": {"host": "h", "auth": {"user": "u"}}}""", "is set, but no password")]
    [InlineData("""{"port": 1, "email": {"host": "h", "auth": {"pass": "u"}}}""", "a password is set, but no user")]
    [InlineData("""{"port": 1, "port": 2}""", "'port' (config.json, line 1) stands there a second time")]
    public void Read_WrongMember_IsRefused(string members, string problem) =>
        Bad(members[..^1] + ", \"backends\": [{\"id\": 1, \"url\": \"http://a\"}]}")
            .ShouldHaveSingleItem().ShouldContain(problem);

    [Theory]
    [InlineData("{}", "port: is missing")]
    [InlineData("""{"port": 1}""", "backends (config.json, line 1): is missing")]
    [InlineData("""{"port": 1, "backends": []}""", "holds 0 backends")]
    [InlineData("""{"port": 1, "backends": {"a": {}}}""", "stands where a list belongs")]
    [InlineData("""{"port": 1, "backends": [5]}""", "stands where an object belongs")]
    [InlineData("""{"port": 1, "backends": [{"id": 1.5, "url": "http://a"}]}""", "is not a whole number")]
    [InlineData("""{"port": 1, "backends": [{"id": "1", "url": "http://a"}]}""", "is a text, not a number")]
    [InlineData("""{"port": 1, "backends": [{"id": 99999999999999999999, "url": "http://a"}]}""", "64 bits")]
    [InlineData("""{"port": 1, "backends": [{"id": 1, "url": "http://a", "url": "http://b"}]}""", "second time")]
    public void Read_WrongStructure_IsRefused(string text, string problem) =>
        Bad(text).ShouldContain(error => error.Contains(problem));

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("{")]
    [InlineData("{\"port\": 1")]
    [InlineData("{\"port\": NaN}")]
    [InlineData("{\"port\": Infinity}")]
    [InlineData("{'port': 1}")]
    [InlineData("{} {}")]
    [InlineData("{\"a\": \"\\ud800\"}")]
    public void Read_NoJson_NamesTheFile(string text) =>
        Bad(text).ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            error => error.ShouldStartWith("config.json"), error => error.ShouldContain("is no JSON"));

    [Fact]
    public void Read_BytesThatAreNoUtf8_AreRefused()
    {
        SmartStickFile.Read([.. "{\"a\": \""u8, 0xff, .. "\"}"u8], "config.json", _report).ShouldBeNull();

        _report.Errors.ShouldHaveSingleItem().ShouldContain("is no JSON");
    }

    [Fact]
    public void Read_TooDeepOrTooLong_IsRefused()
    {
        Bad("{\"a\": " + new string('[', 100) + new string(']', 100) + "}").ShouldHaveSingleItem()
            .ShouldContain("is no JSON");
        Bad(new string(' ', ConfigJson.BytesMax + 1)).ShouldHaveSingleItem().ShouldContain("at most 4194304");
    }

    [Theory]
    [InlineData("[]", "a list")]
    [InlineData("5", "a number")]
    [InlineData("null", "null")]
    public void Read_RootThatIsNoObject_IsRefused(string text, string kind) =>
        Bad(text).ShouldHaveSingleItem().ShouldBe($"config.json, line 1: {kind} stands where an object belongs");

    private ProxyOptions Good(string text, bool mark = false)
    {
        byte[] content = [.. mark ? Encoding.UTF8.Preamble : [], .. Encoding.UTF8.GetBytes(text)];
        var options = SmartStickFile.Read(content, "config.json", _report);
        _report.Errors.ShouldBeEmpty();
        return options.ShouldNotBeNull();
    }

    private List<string> Bad(string text)
    {
        _report.Errors.Clear();
        SmartStickFile.Read(Encoding.UTF8.GetBytes(text), "config.json", _report).ShouldBeNull();
        return _report.Errors;
    }
}
