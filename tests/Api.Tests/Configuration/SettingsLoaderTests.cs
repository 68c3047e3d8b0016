using System.Net;
using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Configuration.Kinds;
using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Api.Logging;
using ActorBalancer.Engine.Storage.Redis;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

public sealed class SettingsLoaderTests : IDisposable
{
    private readonly SettingsProbe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Fact]
    public void Load_NothingSet_GivesTheDefaultsWithoutAWarning()
    {
        var result = _probe.Load();

        result.Warnings.ShouldBeEmpty();
        result.Settings.ShouldMatch(Defaults());
    }

    [Fact]
    public void Load_RepositoryStandaloneConf_GivesTheDefaultsWithoutAWarning()
    {
        _probe.Write(
            "hocon/standalone.conf",
            File.ReadAllText(Path.Combine(SettingsDocuments.Repository, "hocon", "standalone.conf")));

        var result = _probe.Load();

        result.Warnings.ShouldBeEmpty();
        result.Settings.ShouldMatch(Defaults());
        _probe.Variable("LB_AUTH_KEY", "from-environment").Settings().AuthKey.ShouldBe("from-environment");
    }

    [Fact]
    public void Load_ReferenceConfAsTheUsersFile_ChangesNothing()
    {
        _probe.Write("hocon/standalone.conf", HoconSettings.ReadReference());

        // Values that the user wrote are the user's, even where they equal the defaults.
        var result = _probe.Load();

        result.Settings.ShouldMatch(Defaults());
        result.Warnings.ShouldHaveSingleItem().ShouldStartWith(
            "REDIS_HOST (hocon/standalone.conf, line ");
    }

    [Fact]
    public void Load_AnderaDotEnv_StartsUnchanged()
    {
        _probe.DotEnv("""
            # Andera load balancer
            PORT=4000
            REDIS_HOST=redis
            REDIS_PORT=6379
            LB_AUTH_KEY="my-lb-key"
            WORKER_DISCOVERY_INTERVAL=5000   # ms
            WORKER_DISCOVERY_TIMEOUT=2000
            WORKER_DISCOVERY_RETRIES=5
            WS_HEARTBEAT_INTERVAL=1000
            WS_HEARTBEAT_TIMEOUT=1500
            DASHBOARD_ENABLED=false
            BULL_BOARD_ENABLED=0
            LOG_LEVEL=verbose
            MAX_LOGS=500
            TASK_TIMEOUT=60000
            TASK_ATTEMPTS=5
            REQUEST_BODY_LIMIT=1mb
            NODE_ENV=production
            """);

        var result = _probe.Load();

        result.Errors.ShouldBeEmpty();
        result.Warnings.ShouldBeEmpty();
        var redis = result.Settings!.Redis.ShouldNotBeNull();
        redis.Servers.ShouldBe(["redis:6379"]);
        result.Settings.ShouldMatch(Defaults() with
        {
            Store = StoreKind.Redis,
            Redis = redis,
            AuthKey = "my-lb-key",
            BindAddresses = BindAddressKind.Any,
            WorkerDiscoveryInterval = TimeSpan.FromSeconds(5),
            WorkerDiscoveryTimeout = TimeSpan.FromSeconds(2),
            WorkerDiscoveryRetries = 5,
            HeartbeatInterval = TimeSpan.FromSeconds(1),
            HeartbeatTimeout = TimeSpan.FromMilliseconds(1500),
            DashboardEnabled = false,
            QueueBoardEnabled = false,
            LogLevel = LogLevel.Debug,
            LogLinesMax = 500,
            TaskTimeout = TimeSpan.FromMinutes(1),
            TaskAttemptsMax = 5,
            RequestBodyBytesMax = 1024 * 1024,
        });
    }

    [Fact]
    public void Load_EverySettingByItsName_ReachesItsMember()
    {
        _probe.Write("stick.json", SettingsCases.StickFile);
        foreach (var (name, value) in SettingsCases.Other) _probe.Variable(name, value);

        _probe.Settings().ShouldMatch(Other());
    }

    [Fact]
    public void Load_EverySettingByItsHoconPath_ReachesItsMember()
    {
        var lines = SettingsCases.Other.Select(static each =>
            $"{SettingsTable.Find(each.Name)!.Path} = \"{each.Value}\"");
        _probe.Write("stick.json", SettingsCases.StickFile).Hocon(string.Join('\n', lines));

        _probe.Settings().ShouldMatch(Other());
    }

    [Fact]
    public void Cases_CoverEverySetting() =>
        SettingsCases.Other.Select(static each => each.Name).ShouldBe(
            SettingsTable.All.Except<Setting>(
            [
                SettingsTable.AuthKeyFile, SettingsTable.WebhookSecretFile, SettingsTable.RedisUrl,
                SettingsTable.RedisPasswordFile, SettingsTable.RedisTlsCaFile,
            ]).Select(static setting => setting.Name));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(0, 3)]
    [InlineData(1, 2)]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    public void Load_TwoSources_StrongerOneWins(int stronger, int weaker)
    {
        SetPort(weaker, 2000 + weaker);
        SetPort(stronger, 2000 + stronger);

        _probe.Settings().Port.ShouldBe(2000 + stronger);
    }

    [Fact]
    public void Load_EmptyVariables_CountAsNotSet()
    {
        _probe.Variable("PORT", "").Variable("LOG_LEVEL", "").DotEnv("PORT=4001\nLOG_LEVEL=\nTASK_ATTEMPTS=");

        var settings = _probe.Settings();

        settings.Port.ShouldBe(4001);
        settings.LogLevel.ShouldBe(LogLevel.Information);
        settings.TaskAttemptsMax.ShouldBe(3);
    }

    [Fact]
    public void Load_HoconNull_MeansTheDefault() =>
        _probe.Hocon("tasks.attempts = null, redis = null").Settings().ShouldMatch(Defaults());

    [Fact]
    public void Load_HoconSubstitution_SeesReferenceEnvironmentAndDotEnv()
    {
        _probe.Variable("MY_PORT", "4001").DotEnv("MY_PORT=4002\nMY_ATTEMPTS=7").Hocon("""
            server.port = ${MY_PORT}
            tasks.attempts = ${MY_ATTEMPTS}
            tasks.attempt-timeout = ${actorbalancer.tasks.timeout}
            workers.file = ${?NOT_SET}
            """);

        var settings = _probe.Settings();

        settings.Port.ShouldBe(4001);
        settings.TaskAttemptsMax.ShouldBe(7);
        settings.AttemptTimeout.ShouldBe(TimeSpan.FromMinutes(5));
        settings.WorkersFile.ShouldBe(Path.Combine(_probe.Directory, "workers.json"));
    }

    [Theory]
    [InlineData("--hocon", "other.conf")]
    [InlineData("--hocon=other.conf")]
    [InlineData("--HOCON_FILE", "other.conf")]
    [InlineData("--hocon", "cluster.conf")]
    [InlineData("--hocon", "hocon/cluster.conf")]
    public void Load_NamedHoconFile_IsReadInPlaceOfTheDefaultOne(params string[] arguments)
    {
        _probe.Hocon("server.port = 1111, tasks.attempts = 9")
            .Write("other.conf", "actorbalancer.server.port = 4444")
            .Write("hocon/cluster.conf", "actorbalancer.server.port = 4444")
            .Argument(arguments);

        var settings = _probe.Settings();

        settings.Port.ShouldBe(4444);
        settings.TaskAttemptsMax.ShouldBe(3);
    }

    [Fact]
    public void Load_HoconFileVariable_IsReadUnlessTheCommandLineNamesOne()
    {
        _probe.Write("a.conf", "actorbalancer.server.port = 1").Write("b.conf", "actorbalancer.server.port = 2")
            .Variable("HOCON_FILE", "a.conf");
        _probe.Settings().Port.ShouldBe(1);

        _probe.Argument("--hocon", "b.conf").Settings().Port.ShouldBe(2);
    }

    [Fact]
    public void Load_HoconFileInDotEnv_IsRead()
    {
        _probe.Write("a.conf", "actorbalancer.server.port = 1").DotEnv("HOCON_FILE=a.conf");

        _probe.Settings().Port.ShouldBe(1);
    }

    [Fact]
    public void Load_RelativePaths_StartAtTheWorkingDirectoryAndAbsoluteOnesStay()
    {
        _probe.Variable("DATA_DIR", "../x/data").Variable("WORKERS_FILE", "/etc/workers.json");

        var settings = _probe.Settings();

        settings.DataDirectory.ShouldBe(Path.GetFullPath(Path.Combine(_probe.Directory, "../x/data")));
        settings.WorkersFile.ShouldBe("/etc/workers.json");
    }

    [Fact]
    public void Load_Configuration_HoldsTheWinningTextsAndTheRestOfTheFile()
    {
        _probe.Write("hocon/standalone.conf", "actorbalancer.server.port = 1, mine { list = [a, b] }")
            .Variable("TASK_ATTEMPTS", "4").Argument("--task-timeout", "5s");

        var configuration = _probe.Load().Configuration;

        configuration["actorbalancer:server:port"].ShouldBe("1");
        configuration["actorbalancer:tasks:attempts"].ShouldBe("4");
        configuration["actorbalancer:tasks:timeout"].ShouldBe("5s");
        configuration["actorbalancer:tasks:strategy"].ShouldBe("best-score");
        configuration["mine:list:1"].ShouldBe("b");
    }

    [Fact]
    public void Load_Secret_IsInNoTextOfTheResult()
    {
        const string Key = "k3y-not-to-be-seen";
        _probe.Variable("LB_AUTH_KEY", Key).Hocon($"server.auth-key = {Key}").Variable("PORT", "x");
        var failed = _probe.Load();
        _probe.Variable("PORT", "1");

        var result = _probe.Load();

        result.Settings!.AuthKey.ShouldBe(Key);
        string[] texts =
        [
            result.Settings.ToString(), result.ToString(), .. result.Warnings, .. failed.Errors,
            .. Microsoft.Extensions.Configuration.ConfigurationExtensions.AsEnumerable(result.Configuration)
                .Select(static pair => pair.Value ?? ""),
        ];
        texts.ShouldAllBe(static text => !text.Contains(Key, StringComparison.Ordinal));
    }

    private void SetPort(int source, int port)
    {
        switch (source)
        {
            case 0:
                _probe.Argument("--PORT", $"{port}");
                break;
            case 1:
                _probe.Variable("PORT", $"{port}");
                break;
            case 2:
                _probe.DotEnv($"PORT={port}");
                break;
            default:
                _probe.Hocon($"server.port = {port}");
                break;
        }
    }

    private BalancerSettings Defaults() => new()
    {
        Port = 4000,
        BindAddresses = [IPAddress.Loopback],
        AuthKey = null,
        AuthFailuresPerMinuteMax = 100,
        RequestBodyBytesMax = 10 * 1024 * 1024,
        WorkersFile = Path.Combine(_probe.Directory, "workers.json"),
        WorkerDiscoveryInterval = TimeSpan.FromSeconds(3),
        WorkerDiscoveryTimeout = TimeSpan.FromSeconds(3),
        WorkerDiscoveryRetries = 10,
        HeartbeatInterval = TimeSpan.FromSeconds(3),
        HeartbeatTimeout = TimeSpan.FromSeconds(3),
        Strategy = "best-score",
        TaskTimeout = TimeSpan.FromMinutes(5),
        AttemptTimeout = null,
        TaskAttemptsMax = 3,
        RetryBackoff = TimeSpan.FromMilliseconds(200),
        RetryBackoffMax = TimeSpan.FromSeconds(10),
        QueueTasksMax = 1_000_000,
        IntakeTasksMax = 2_000_000,
        ResultBytesMax = 64 * 1024 * 1024,
        QueuedBytesMax = 4L << 30,
        NoWorkerGrace = TimeSpan.FromSeconds(10),
        DrainTimeout = TimeSpan.FromSeconds(30),
        ResultRetention = TimeSpan.FromHours(24),
        DeadRetention = TimeSpan.FromDays(7),
        WebhookSecrets = [],
        WebhookTimeout = TimeSpan.FromSeconds(5),
        WebhookRetriesMax = 10,
        WebhookRetryDelay = TimeSpan.FromSeconds(1),
        WebhookRetryDelayMax = TimeSpan.FromHours(1),
        WebhookAllowPrivate = false,
        Store = StoreKind.Sqlite,
        DataDirectory = Path.Combine(_probe.Directory, "data"),
        WriteBehindDelay = TimeSpan.FromMilliseconds(20),
        Redis = null,
        NodeId = null,
        LeaseTime = TimeSpan.FromSeconds(10),
        Role = NodeRole.None,
        DashboardEnabled = true,
        QueueBoardEnabled = true,
        LogLevel = LogLevel.Information,
        LogFormat = LogFormat.Text,
        LogLinesMax = 1000,
        Proxy = ProxySource.None,
    };

    private static BalancerSettings Other() => new()
    {
        Port = 4001,
        BindAddresses = [IPAddress.Parse("192.168.1.2")],
        AuthKey = "secret key",
        AuthFailuresPerMinuteMax = 5,
        RequestBodyBytesMax = 2 * 1024 * 1024,
        WorkersFile = "/w.json",
        WorkerDiscoveryInterval = TimeSpan.FromSeconds(1),
        WorkerDiscoveryTimeout = TimeSpan.FromSeconds(2),
        WorkerDiscoveryRetries = 0,
        HeartbeatInterval = TimeSpan.FromMilliseconds(400),
        HeartbeatTimeout = TimeSpan.FromMilliseconds(500),
        Strategy = "peak-ewma",
        TaskTimeout = TimeSpan.FromHours(1),
        AttemptTimeout = TimeSpan.FromSeconds(6),
        TaskAttemptsMax = 7,
        RetryBackoff = TimeSpan.FromMilliseconds(8),
        RetryBackoffMax = TimeSpan.FromMilliseconds(9),
        QueueTasksMax = 10,
        IntakeTasksMax = 11,
        ResultBytesMax = 12 * 1024,
        QueuedBytesMax = 5L << 30,
        NoWorkerGrace = TimeSpan.FromSeconds(15),
        DrainTimeout = TimeSpan.FromSeconds(16),
        ResultRetention = TimeSpan.FromHours(17),
        DeadRetention = TimeSpan.FromDays(18),
        WebhookSecrets = ["new", "old"],
        WebhookTimeout = TimeSpan.FromSeconds(19),
        WebhookRetriesMax = 20,
        WebhookRetryDelay = TimeSpan.FromMilliseconds(21),
        WebhookRetryDelayMax = TimeSpan.FromMinutes(22),
        WebhookAllowPrivate = true,
        Store = StoreKind.Redis,
        DataDirectory = "/d",
        WriteBehindDelay = TimeSpan.Zero,
        Redis = new RedisOptions
        {
            Servers = ["r:13"],
            User = "u",
            Password = "p w",
            UseTls = true,
            VerifyTls = false,
            Database = 3,
            Prefix = "my.lb:1",
            Timeout = TimeSpan.FromSeconds(4),
            WaitReplicas = 2,
            QueueLimit = 10,
            LeaseTime = TimeSpan.FromSeconds(5),
        },
        NodeId = "n_1",
        LeaseTime = TimeSpan.FromSeconds(5),
        Role = NodeRole.Worker,
        DashboardEnabled = false,
        QueueBoardEnabled = false,
        LogLevel = LogLevel.Warning,
        LogFormat = LogFormat.Json,
        LogLinesMax = 14,
        Proxy = new ProxySource("stick.json", null, static _ => null, new EdgeAddress(4001, []), "/"),
    };
}
