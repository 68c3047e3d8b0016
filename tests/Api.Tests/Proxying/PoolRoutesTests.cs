using ActorBalancer.Api.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying;

public sealed class PoolRoutesTests
{
    [Theory]
    [InlineData("a.example.org", "exact")]
    [InlineData("A.Example.ORG", "exact")]
    [InlineData("b.example.org", "below")]
    [InlineData("c.b.example.org", "below")]
    [InlineData("x.deep.example.org", "deeper")]
    [InlineData("deep.example.org", "below")]
    [InlineData("example.org", "others")]
    [InlineData("notexample.org", "others")]
    [InlineData("a.example.org.evil.test", "others")]
    [InlineData("", "others")]
    [InlineData("[::1]", "others")]
    public void Find_Host_IsTheMostExact(string host, string pool)
    {
        var routes = Routes(
            Pool("others"),
            Pool("below", hosts: ["*.example.org"]),
            Pool("deeper", hosts: ["*.deep.example.org"]),
            Pool("exact", hosts: ["a.example.org"]));

        routes.Find(host, "/")!.Options.Name.ShouldBe(pool);
    }

    [Fact]
    public void Find_NameLongerThanTheDnsKnows_BelongsToTheOthers()
    {
        var routes = Routes(Pool("others"), Pool("below", hosts: ["*.x"]));

        routes.Find(string.Concat(Enumerable.Repeat("a.", 4000)) + "x", "/")!.Options.Name.ShouldBe("others");
    }

    [Fact]
    public void Find_HostOfAPool_IsNotServedByTheOthers()
    {
        var routes = Routes(Pool("others"), Pool("own", hosts: ["a.test"], paths: ["/api"]));

        routes.Find("a.test", "/api/x")!.Options.Name.ShouldBe("own");
        routes.Find("a.test", "/x").ShouldBeNull();
        routes.Find("b.test", "/x")!.Options.Name.ShouldBe("others");
    }

    [Theory]
    [InlineData("/", "root")]
    [InlineData("", "root")]
    [InlineData("/ap", "root")]
    [InlineData("/apis", "root")]
    [InlineData("/api", "api")]
    [InlineData("/api/", "api")]
    [InlineData("/api/v1", "api")]
    [InlineData("/api/v2", "new")]
    [InlineData("/api/v2/x", "new")]
    [InlineData("/api/v22", "api")]
    [InlineData("/API", "root")]
    [InlineData("/caf%C3%A9/x", "sweet")]
    [InlineData("/caf%c3%a9", "sweet")]
    [InlineData("/%61pi/x", "api")]
    [InlineData("/api//x", "api")]
    [InlineData("/api/x;a=b", "api")]
    [InlineData("/api/x/../y", "api")]
    [InlineData("/x%20y/z", "root")]
    [InlineData("/100%", "root")]
    [InlineData("/%zz%4", "root")]
    public void Find_Path_IsTheLongestByWholeSegments(string path, string pool) =>
        Sites().Find("any", path)!.Options.Name.ShouldBe(pool);

    // Each is of one pool for one server and of another pool for another server.
    [Theory]
    [InlineData("//api/x")]
    [InlineData("/x/../api")]
    [InlineData("/x/..%2fapi")]
    [InlineData("/x/..%2Fapi")]
    [InlineData("/x/%2e%2e/api")]
    [InlineData("/x/.%2E/api")]
    [InlineData("/./api")]
    [InlineData("/%2e/api")]
    [InlineData(@"\api")]
    [InlineData(@"/x\..\api")]
    [InlineData("/x%5c..%5Capi")]
    [InlineData("/%2fapi")]
    [InlineData("/api%2fx")]
    [InlineData("/api;a=b/x")]
    [InlineData("/x/..;/api")]
    [InlineData("/;/api")]
    [InlineData("/api#x")]
    [InlineData("/api/../x")]
    [InlineData("/api/..")]
    [InlineData("/api/v2/..%2f..%2fx")]
    [InlineData("/api/v2/../v1")]
    public void Find_PathThatMayMeanTwoPools_BelongsToNone(string path) =>
        Sites().Find("any", path).ShouldBeNull();

    [Fact]
    public void Find_PathLongerThanTheStackHolds_IsReadTheSame()
    {
        Sites().Find("any", "/api/" + new string('x', 5000) + "/..")!.Options.Name.ShouldBe("api");
        Sites().Find("any", "/" + new string('x', 5000) + "/../api").ShouldBeNull();
    }

    [Fact]
    public void Find_OnePoolForAll_TakesEverySpelling()
    {
        var routes = Routes(Pool("all"));

        routes.Find("x", "//a/..%2f")!.Options.Name.ShouldBe("all");
        routes.Find("", "")!.Options.Name.ShouldBe("all");
    }

    [Fact]
    public void Find_NoPool_IsNull() => Routes().Find("x", "/").ShouldBeNull();

    [Fact]
    public void Find_AllocatesNothing()
    {
        var routes = Sites();
        var hosts = Routes(Pool("a", hosts: ["*.example.org"], paths: ["/x"]), Pool("b"));
        Look();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            Look();

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Look()
        {
            routes.Find("any", "/api/v1/x");
            routes.Find("any", "/x/%2e%2e/api");
            hosts.Find("c.b.example.org", "/x/y");
        }
    }

    [Theory]
    [InlineData("/a/b?c=/d", "/a/b")]
    [InlineData("/a", "/a")]
    [InlineData("/?x", "/")]
    [InlineData("//_lb/health", "//_lb/health")]
    [InlineData("*", "")]
    [InlineData("", "")]
    [InlineData("a.test:443", "")]
    [InlineData("http://a.test", "/")]
    [InlineData("http://a.test?x=/y", "/")]
    [InlineData("http://a.test:80/b/c?d", "/b/c")]
    public void PathOf_Target_IsItsPathAsItCame(string target, string path) =>
        RequestTarget.PathOf(target).ToString().ShouldBe(path);

    [Theory]
    [InlineData("/a/b?c=/d", "/a/b?c=/d")]
    [InlineData("/", "/")]
    [InlineData("//a?b", "//a?b")]
    [InlineData("http://a.test", "/")]
    [InlineData("http://a.test?x=/y", "/?x=/y")]
    [InlineData("http://a.test:80/b/c?d", "/b/c?d")]
    public void PathAndQueryOf_Target_IsWhatFollowsTheHost(string target, string rest) =>
        RequestTarget.PathAndQueryOf(target).ShouldBe(rest);

    [Theory]
    [InlineData("a.test", "a.test")]
    [InlineData("a.test:80", "a.test")]
    [InlineData("a.test.", "a.test")]
    [InlineData("a.test.:80", "a.test")]
    [InlineData("[::1]:80", "[::1]")]
    [InlineData("[::1]", "[::1]")]
    [InlineData("[::1", "")]
    [InlineData("", "")]
    [InlineData(":80", "")]
    public void HostOf_Value_IsItsName(string value, string host) =>
        RequestTarget.HostOf(value).ToString().ShouldBe(host);

    private static PoolRoutes Sites() => Routes(
        Pool("api", paths: ["/api/"]),
        Pool("root"),
        Pool("sweet", paths: ["/café"]),
        Pool("new", paths: ["/api/v2", "/v2"]));

    private static PoolRoutes Routes(params PoolRoute[] routes) => new(routes);

    // Where a request goes is decided by the options alone.
    private static PoolRoute Pool(
        string name, IReadOnlyList<string>? hosts = null, IReadOnlyList<string>? paths = null) => new()
        {
            Pool = null!,
            Sticky = null!,
            Options = new PoolOptions
            {
                Name = name,
                Listener = new ListenerOptions { Port = 0 },
                Backends = [],
                Hosts = hosts ?? [],
                Paths = paths ?? [],
            },
        };
}
