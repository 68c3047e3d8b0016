using ActorBalancer.Api.Configuration;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

public sealed class RedisSettingsTests : IDisposable
{
    private readonly SettingsProbe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Theory]
    [InlineData("STORE", "redis", "localhost:6379")]
    [InlineData("STORE", "Redis", "localhost:6379")]
    [InlineData("REDIS_HOST", "r", "r:6379")]
    [InlineData("REDIS_HOST", "localhost", "localhost:6379")]
    [InlineData("REDIS_HOST", "::1", "[::1]:6379")]
    [InlineData("REDIS_URL", "redis://r:1", "r:1")]
    public void Load_ARedisIsNamed_IsTheStore(string name, string value, string server)
    {
        var settings = _probe.Variable(name, value).Settings();

        settings.Store.ShouldBe(StoreKind.Redis);
        settings.Redis!.Servers.ShouldBe([server]);
    }

    [Fact]
    public void Load_RepositoryClusterConf_IsAClusterWithoutAWarning()
    {
        _probe.Write(
            "hocon/cluster.conf",
            File.ReadAllText(Path.Combine(SettingsDocuments.Repository, "hocon", "cluster.conf")));

        var result = _probe.Argument("--hocon", "cluster.conf").Variable("LB_AUTH_KEY", "k").Load();

        result.Errors.ShouldBeEmpty();
        result.Warnings.ShouldBeEmpty();
        result.Settings!.Store.ShouldBe(StoreKind.Redis);
        result.Settings.Redis!.Servers.ShouldBe(["localhost:6379"]);
        result.Settings.NodeId.ShouldBeNull();
        _probe.Variable("REDIS_URL", "rediss://far").Settings().Redis!.Servers.ShouldBe(["far:6379"]);
    }

    [Fact]
    public void Load_FilesOfRedis_AreTakenOver()
    {
        _probe.Write("ca.pem", "x").Write("password", "p w\n");

        var settings = _probe.Variable("REDIS_HOST", "r").Variable("REDIS_TLS", "true")
            .Variable("REDIS_PASSWORD_FILE", "password").Variable("REDIS_TLS_CA_FILE", "ca.pem").Settings();

        settings.Redis!.Password.ShouldBe("p w");
        settings.Redis.TlsCaFile.ShouldBe(Path.Combine(_probe.Directory, "ca.pem"));
        settings.ToString().ShouldNotContain("p w");
    }

    [Fact]
    public void Load_WrongPassword_IsMasked() =>
        _probe.Variable("REDIS_HOST", "r").Variable("REDIS_PASSWORD", "kéy").Load().Errors.ShouldHaveSingleItem()
            .ShouldStartWith("REDIS_PASSWORD: '***' (environment) holds a character");

    [Theory]
    [InlineData("redis://h", "h:6379", null, null, 0, false)]
    [InlineData("REDIS://h:1/", "h:1", null, null, 0, false)]
    [InlineData("rediss://:p@h/2", "h:6379", null, "p", 2, true)]
    [InlineData("redis://u:p%40%3a@a,b:7,[::1]:8/15", "a:6379 b:7 [::1]:8", "u", "p@:", 15, false)]
    public void Load_Url_IsRead(
        string url, string servers, string? user, string? password, int database, bool useTls)
    {
        var redis = _probe.Variable("REDIS_URL", url).Settings().Redis!;

        string.Join(' ', redis.Servers).ShouldBe(servers);
        (redis.User, redis.Password, redis.Database, redis.UseTls).ShouldBe((user, password, database, useTls));
    }

    [Theory]
    [InlineData("http://h", "does not begin with redis:// or rediss://")]
    [InlineData("h:6379", "does not begin with redis:// or rediss://")]
    [InlineData("redis://", "names no host with a port from 1 to 65535 at place 1")]
    [InlineData("redis://a,,b", "names no host with a port from 1 to 65535 at place 2")]
    [InlineData("redis://a:0", "names no host with a port from 1 to 65535 at place 1")]
    [InlineData("redis://a/x", "names no database from 0 to 65535 behind the '/'")]
    [InlineData("redis://u@a", "names a user, but no password")]
    [InlineData("redis://a b", "holds a blank")]
    [InlineData("redis://a?x=1", "holds '?' or '#', which have no meaning here")]
    public void Load_WrongUrl_SaysWhatIsWrongAndNotWhatItIs(string url, string problem)
    {
        var error = _probe.Variable("REDIS_URL", url).Load().Errors.ShouldHaveSingleItem();

        error.ShouldStartWith($"REDIS_URL: '***' (environment) {problem}; allowed: redis:// or rediss:// (TLS), ");
    }

    [Theory]
    [InlineData("REDIS_HOST", "h")]
    [InlineData("REDIS_PORT", "1")]
    [InlineData("REDIS_USER", "u")]
    [InlineData("REDIS_PASSWORD", "p")]
    [InlineData("REDIS_DB", "1")]
    [InlineData("REDIS_TLS", "true")]
    public void Load_UrlBesideAPartOfIt_IsRefused(string name, string value) =>
        _probe.Variable("REDIS_URL", "redis://h").Variable(name, value).Load().Errors.ShouldBe(
            [$"REDIS_URL (environment) and {name} (environment) are both set; keep one of them"]);

    [Theory]
    [InlineData("sqlite")]
    [InlineData("memory")]
    public void Load_UrlBesideAnotherStore_IsRefused(string store) =>
        _probe.Variable("REDIS_URL", "redis://h").Variable("STORE", store).Load().Errors.ShouldBe(
            [$"REDIS_URL (environment) is set, but STORE (environment) is {store}; remove one of them, or set "
                + "STORE=redis"]);

    [Fact]
    public void Load_HostBesideAnotherStore_IsSaidToBeUnused()
    {
        var result = _probe.Variable("REDIS_HOST", "h").Variable("STORE", "sqlite").Load();

        result.Settings!.Store.ShouldBe(StoreKind.Sqlite);
        result.Settings.Redis.ShouldBeNull();
        result.Warnings.ShouldBe(
            ["REDIS_HOST (environment) is not used: tasks are kept in the embedded store (STORE sqlite)"]);
    }

    [Fact]
    public void Load_AuthoritiesWithoutTls_AreRefused()
    {
        _probe.Variable("REDIS_URL", "redis://h").Variable("REDIS_TLS_CA_FILE", "ca.pem").Load().Errors.ShouldBe(
            ["REDIS_TLS_CA_FILE: 'ca.pem' (environment) has no meaning without TLS; allowed: rediss:// or "
                + "REDIS_TLS=true"]);
        _probe.Variable("REDIS_URL", "rediss://h").Load().Errors.ShouldBe(
            ["REDIS_TLS_CA_FILE: 'ca.pem' (environment) does not exist; allowed: a path, or empty"]);
    }

    [Theory]
    [InlineData("master")]
    [InlineData("worker")]
    public void Load_ModeWithoutRedis_IsRefused(string mode) =>
        _probe.Variable("MODE", mode).Load().Errors.ShouldBe(
            [$"MODE: '{mode}' (environment) needs a Redis that all nodes share, but STORE is sqlite; allowed: none "
                + "while there is no STORE=redis, REDIS_URL or REDIS_HOST"]);

    [Fact]
    public void Load_NdidEnvironment_SaysWhatIsNotNeeded()
    {
        var result = _probe.Variable("MODE", "worker").Variable("REDIS_HOST", "h")
            .Variable("MASTER_SERVER_IP", "10.0.0.1").Variable("MASTER_SERVER_PORT", "7001").Load();

        result.Settings!.Role.ShouldBe(NodeRole.Worker);
        result.Warnings.ShouldBe(
        [
            "MASTER_SERVER_IP (environment) is not needed: nodes meet in Redis",
            "MASTER_SERVER_PORT (environment) is not needed: nodes meet in Redis",
        ]);
    }

    [Fact]
    public void NodeIdFile_OverStarts_StaysTheSame()
    {
        var folder = Path.Combine(_probe.Directory, "data");

        var first = NodeIdFile.LoadOrCreate(folder);

        NodeIdFile.LoadOrCreate(folder).ShouldBe(first);
        first.ShouldMatch("^[A-Za-z0-9-]+-[0-9a-f]{8}$");
        NodeIdFile.LoadOrCreate(Path.Combine(_probe.Directory, "other")).ShouldNotBe(first);
        Directory.GetFiles(folder).ShouldHaveSingleItem();
    }

    [Fact]
    public void NodeIdFile_WithoutAUsableName_IsRefusedWithItsPath()
    {
        _probe.Write("data/node-id", "a b");

        var refused = Should.Throw<IOException>(() => NodeIdFile.LoadOrCreate(Path.Combine(_probe.Directory, "data")));

        refused.Message.ShouldContain("node-id holds no usable name: allowed are 1 to 128 letters, digits and - _");
    }
}
