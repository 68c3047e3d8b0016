using ActorBalancer.Api.Configuration;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

public sealed class SettingsErrorsTests : IDisposable
{
    private const string Ms = "; a plain number counts milliseconds; units: ns us ms s m h d";
    private const string Bytes = "; a plain number counts bytes; units: b kb mb gb tb pb, each 1024 of the one before";
    private const string Levels = "error, warn, info, http, verbose, debug, silly, trace";
    private const string Strategies = "round-robin, smooth-round-robin, least-connections, random, power-of-two, "
        + "peak-ewma, consistent-hash, best-score";
    private const string Addresses = "an IP address, 'localhost' (127.0.0.1), '*' (any address), or empty";
    private const string Keys = "printable ASCII, no blank at either end, at most 1024 characters";

    private readonly SettingsProbe _probe = new();

    public void Dispose() => _probe.Dispose();

    public static TheoryData<string, string, string> WrongValues => new()
    {
        { "PORT", "70000", "is out of range; allowed: 0 to 65535; 0 = any free port" },
        { "PORT", "-1", "is out of range; allowed: 0 to 65535; 0 = any free port" },
        { "PORT", "4000.5", "is not a whole number; allowed: 0 to 65535; 0 = any free port" },
        { "BIND_ADDRESS", "example.org", $"is not an address; allowed: {Addresses}" },
        { "BIND_ADDRESS", "1", $"is not an address; allowed: {Addresses}" },
        { "BIND_ADDRESS", "127.1", $"is not an address; allowed: {Addresses}" },
        { "BIND_ADDRESS", "0x7f.0.0.1", $"is not an address; allowed: {Addresses}" },
        { "BIND_ADDRESS", "127.0.0.01", $"is not an address; allowed: {Addresses}" },
        { "BIND_ADDRESS", "127.0.0.256", $"is not an address; allowed: {Addresses}" },
        { "BIND_ADDRESS", "127.0.0.1:80", $"is not an address; allowed: {Addresses}" },
        { "BIND_ADDRESS", "[::1]", $"is not an address; allowed: {Addresses}" },
        { "AUTH_FAILURE_LIMIT", "0", "is out of range; allowed: 1 to 1000000" },
        { "REQUEST_BODY_LIMIT", "10 apples", $"is not a size; allowed: 1kb to 1gb{Bytes}" },
        { "REQUEST_BODY_LIMIT", "1023", $"is out of range; allowed: 1kb to 1gb{Bytes}" },
        { "REQUEST_BODY_LIMIT", "1025mb", $"is out of range; allowed: 1kb to 1gb{Bytes}" },
        { "WORKERS_FILE", "  ", "is empty; allowed: a path" },
        { "WORKERS_FILE", "a\nb", "holds a control character; allowed: a path" },
        { "WORKER_DISCOVERY_INTERVAL", "soon", $"is not a duration; allowed: 10 ms to 1 h{Ms}" },
        { "WORKER_DISCOVERY_INTERVAL", "9", $"is out of range; allowed: 10 ms to 1 h{Ms}" },
        { "WORKER_DISCOVERY_TIMEOUT", "2h", $"is out of range; allowed: 10 ms to 1 h{Ms}" },
        { "WORKER_DISCOVERY_RETRIES", "1001", "is out of range; allowed: 0 to 1000" },
        { "WS_HEARTBEAT_INTERVAL", "0", $"is out of range; allowed: 10 ms to 1 h{Ms}" },
        { "WS_HEARTBEAT_TIMEOUT", "-5s", $"is out of range; allowed: 10 ms to 1 h{Ms}" },
        { "STRATEGY", "roundrobin", $"is not known (did you mean 'round-robin'?); allowed: {Strategies}" },
        { "STRATEGY", "best", $"is not known; allowed: {Strategies}" },
        { "TASK_TIMEOUT", "0", $"is out of range; allowed: 10 ms to 30 d{Ms}" },
        { "TASK_TIMEOUT", "999999999999999999999999 d", $"is out of range; allowed: 10 ms to 30 d{Ms}" },
        { "ATTEMPT_TIMEOUT", "5S", $"is not a duration; allowed: 0 to 30 d{Ms}" },
        { "TASK_ATTEMPTS", "many", "is not a whole number; allowed: 1 to 100" },
        { "TASK_ATTEMPTS", "0", "is out of range; allowed: 1 to 100" },
        { "TASK_ATTEMPTS", "99999999999999999999", "is out of range; allowed: 1 to 100" },
        { "TASK_ATTEMPTS", "0x10", "is not a whole number; allowed: 1 to 100" },
        { "RETRY_BACKOFF", "1.5.5", $"is not a duration; allowed: 0 to 1 h{Ms}" },
        { "RETRY_BACKOFF_MAX", "2d", $"is out of range; allowed: 0 to 1 d{Ms}" },
        { "QUEUE_LIMIT", "1e6", "is not a whole number; allowed: 1 to 100000000" },
        { "INTAKE_LIMIT", "0", "is out of range; allowed: 1 to 100000000" },
        { "RESULT_LIMIT", "mb", $"is not a size; allowed: 1kb to 1gb{Bytes}" },
        { "QUEUE_BYTES_LIMIT", "1kb", $"is out of range; allowed: 1mb to 1pb{Bytes}" },
        { "NO_WORKER_GRACE", "2h", $"is out of range; allowed: 0 to 1 h{Ms}" },
        { "DRAIN_TIMEOUT", "-1", $"is out of range; allowed: 0 to 1 h{Ms}" },
        { "RESULT_RETENTION", "366d", $"is out of range; allowed: 0 to 365 d{Ms}" },
        { "DEAD_RETENTION", "a week", $"is not a duration; allowed: 0 to 365 d{Ms}" },
        { "WEBHOOK_TIMEOUT", "9", $"is out of range; allowed: 10 ms to 1 h{Ms}" },
        { "WEBHOOK_MAX_RETRIES", "1001", "is out of range; allowed: 0 to 1000" },
        { "WEBHOOK_RETRY_DELAY", "2h", $"is out of range; allowed: 0 to 1 h{Ms}" },
        { "WEBHOOK_RETRY_DELAY_MAX", "25h", $"is out of range; allowed: 0 to 1 d{Ms}" },
        { "WEBHOOK_ALLOW_PRIVATE", "maybe", "is not a boolean; allowed: true, false, 1, 0" },
        { "PROXY_CONFIG", "a\nb", "holds a control character; allowed: a path, or empty" },
        { "STORE", "rediss", "is not known (did you mean 'redis'?); allowed: sqlite, memory, redis" },
        { "STORE", "sqlit", "is not known (did you mean 'sqlite'?); allowed: sqlite, memory, redis" },
        { "DATA_DIR", " ", "is empty; allowed: a path" },
        { "WRITE_BEHIND_DELAY", "61s", $"is out of range; allowed: 0 to 1 m{Ms}" },
        { "REDIS_HOST", "my host", "holds a blank; allowed: a host name or an IP address" },
        { "REDIS_PORT", "0", "is out of range; allowed: 1 to 65535" },
        { "REDIS_USER", "a b", "holds a blank; allowed: a name without blanks, or empty" },
        { "REDIS_DB", "-1", "is out of range; allowed: 0 to 65535" },
        { "REDIS_TLS", "yes", "is not a boolean; allowed: true, false, 1, 0" },
        { "REDIS_TLS_CA_FILE", "a\nb", "holds a control character; allowed: a path, or empty" },
        { "MASTER_SERVER_IP", "a\nb", "holds a control character; allowed: anything, or empty" },
        { "MASTER_SERVER_PORT", "a\nb", "holds a control character; allowed: anything, or empty" },
        { "REDIS_TLS_VERIFY", "2", "is not a boolean; allowed: true, false, 1, 0" },
        { "REDIS_PREFIX", "a{b}", "holds another sign; allowed: 1 to 64 letters, digits and - _ . :" },
        { "REDIS_TIMEOUT", "2m", $"is out of range; allowed: 10 ms to 1 m{Ms}" },
        { "REDIS_WAIT_REPLICAS", "11", "is out of range; allowed: 0 to 10" },
        { "NODE_ID", "a.b", "holds another sign; allowed: 1 to 128 letters, digits and - _, or empty" },
        { "LEASE_TIME", "499", $"is out of range; allowed: 500 ms to 10 m{Ms}" },
        { "MODE", "mater", "is not known (did you mean 'master'?); allowed: none, master, worker" },
        { "DASHBOARD_ENABLED", "yes", "is not a boolean; allowed: true, false, 1, 0" },
        { "BULL_BOARD_ENABLED", "2", "is not a boolean; allowed: true, false, 1, 0" },
        { "LOG_LEVEL", "inf", $"is not known (did you mean 'info'?); allowed: {Levels}" },
        { "LOG_FORMAT", "xml", "is not known; allowed: text, json" },
        { "MAX_LOGS", "100001", "is out of range; allowed: 0 to 100000" },
    };

    [Theory]
    [MemberData(nameof(WrongValues))]
    public void Load_WrongValue_NamesSettingValueSourceAndWhatIsAllowed(string name, string value, string problem)
    {
        _probe.Variable("LB_AUTH_KEY", "key").Variable(name, value);

        var shown = value.Replace("\n", "\\n", StringComparison.Ordinal);
        _probe.Load().Errors.ShouldBe([$"{name}: '{shown}' (environment) {problem}"]);
    }

    [Fact]
    public void WrongValues_CoverEverySetting()
    {
        var covered = WrongValues.Select(static row => row.Data.Item1).Distinct();

        string[] apart =
        [
            "LB_AUTH_KEY", "LB_AUTH_KEY_FILE", "WEBHOOK_SECRET", "WEBHOOK_SECRET_FILE", "REDIS_URL", "REDIS_PASSWORD",
            "REDIS_PASSWORD_FILE",
        ];
        covered.Concat(apart).ShouldBe(
            SettingsTable.All.Select(static setting => setting.Name), ignoreOrder: true);
    }

    [Theory]
    [InlineData("kéy", "holds a character that a header cannot carry, at place 2")]
    [InlineData("key\nX-Evil: 1", "holds a character that a header cannot carry, at place 4")]
    [InlineData(" key", "begins or ends with a blank, which a header would drop")]
    [InlineData("key ", "begins or ends with a blank, which a header would drop")]
    public void Load_WrongKey_IsMasked(string key, string problem)
    {
        _probe.Variable("LB_AUTH_KEY", key);

        _probe.Load().Errors.ShouldBe([$"LB_AUTH_KEY: '***' (environment) {problem}; allowed: {Keys}"]);
    }

    [Fact]
    public void Load_KeyTooLong_IsAnError()
    {
        _probe.Variable("LB_AUTH_KEY", new string('k', 1025));

        _probe.Load().Errors.ShouldBe([$"LB_AUTH_KEY: '***' (environment) is too long; allowed: {Keys}"]);
    }

    [Fact]
    public void Load_WrongValuesInAllSources_AreAllReportedAtOnceWithTheirPlace()
    {
        _probe.Argument("--PORT=x", "--nonsense", "1")
            .Variable("TASK_ATTEMPTS", "many")
            .DotEnv("# comment\nMAX_LOGS=few")
            .Hocon("\n tasks.queue-limit = all\n log { level = [a] }\n redis.port { x = 1 }");

        _probe.Load().Errors.ShouldBe(
        [
            "command line: unknown option '--nonsense'; docs/configuration.md lists all",
            "PORT: 'x' (command line) is not a whole number; allowed: 0 to 65535; 0 = any free port",
            "TASK_ATTEMPTS: 'many' (environment) is not a whole number; allowed: 1 to 100",
            "QUEUE_LIMIT: 'all' (hocon/standalone.conf, line 2) is not a whole number; allowed: 1 to 100000000",
            "REDIS_PORT: an object (hocon/standalone.conf, line 4) is not a single value; allowed: 1 to 65535",
            $"LOG_LEVEL: a list (hocon/standalone.conf, line 3) is not a single value; allowed: {Levels}",
            "MAX_LOGS: 'few' (.env, line 2) is not a whole number; allowed: 0 to 100000",
        ]);
    }

    [Fact]
    public void Load_LongHostileValue_IsShownCutAndEscaped()
    {
        _probe.Variable("LOG_FORMAT", "\u001b[2J\r\n" + new string('x', 500));

        _probe.Load().Errors.Single().ShouldStartWith(
            $"LOG_FORMAT: '\\u001b[2J\\r\\n{new string('x', 87)}...(cut, 413 more)' (environment) is not known");
    }

    [Fact]
    public void Load_WrongHocon_NamesThePlaceAndTheRestIsStillChecked()
    {
        _probe.Write("hocon/standalone.conf", "actorbalancer {\n  log.level = }\n").Variable("PORT", "x");

        _probe.Load().Errors.ShouldBe(
        [
            "hocon/standalone.conf, line 2, column 15: expected a value for 'log.level', found '}'",
            "PORT: 'x' (environment) is not a whole number; allowed: 0 to 65535; 0 = any free port",
        ]);
    }

    [Fact]
    public void Load_MissingSubstitution_NamesThePlace()
    {
        _probe.Hocon("server.port = ${NO_SUCH_PORT}");

        _probe.Load().Errors.ShouldBe(["hocon/standalone.conf, line 1, column 31: expected a value for "
            + "${NO_SUCH_PORT}, found none in the configuration or the environment"]);
    }

    [Fact]
    public void Load_NamedHoconFileIsMissing_IsAnError()
    {
        _probe.Argument("--hocon", "none.conf");

        _probe.Load().Errors.ShouldBe([$"HOCON_FILE: 'none.conf' (command line) does not exist; looked for it in "
            + $"{_probe.Directory} and its directory hocon"]);
    }

    [Theory]
    [InlineData("tasks { atempts = 5 }", "tasks.atempts", "did you mean 'actorbalancer.tasks.attempts'?")]
    [InlineData("taks { attempts = 5 }", "taks", "did you mean 'actorbalancer.tasks'?")]
    [InlineData("TASK_ATTEMPTS = 5", "TASK_ATTEMPTS", "did you mean 'actorbalancer.tasks.attempts'?")]
    [InlineData("attempts = 5", "attempts", "did you mean 'actorbalancer.tasks.attempts'?")]
    [InlineData("server { level = debug }", "server.level", "did you mean 'actorbalancer.log.level'?")]
    [InlineData("completely.different = 1", "completely", "docs/configuration.md lists all")]
    public void Load_UnknownHoconKey_IsAWarningWithAHint(string text, string key, string hint)
    {
        var result = _probe.Hocon(text).Load();

        result.Errors.ShouldBeEmpty();
        result.Warnings.ShouldBe(
            [$"hocon/standalone.conf, line 1: unknown setting 'actorbalancer.{key}' is ignored; {hint}"]);
    }

    [Fact]
    public void Load_UnknownKeyInAnIncludedFile_NamesThatFile()
    {
        _probe.Hocon("include \"more.conf\"").Write("hocon/more.conf", "\n\nservr.port = 1");

        _probe.Load().Warnings.ShouldBe(["hocon/more.conf, line 3: unknown setting 'actorbalancer.servr' is ignored; "
            + "did you mean 'actorbalancer.server'?"]);
    }

    [Fact]
    public void Load_MistypedRoot_IsAWarningAndOtherRootsAreNot()
    {
        _probe.Write("hocon/standalone.conf", "actor-balancer.server.port = 1\nakka.loglevel = DEBUG");

        _probe.Load().Warnings.ShouldBe(["hocon/standalone.conf, line 1: unknown setting 'actor-balancer' is ignored; "
            + "did you mean 'actorbalancer'?"]);
    }

    [Theory]
    [InlineData("tasks = 5", "tasks", "'5'")]
    [InlineData("tasks = [1]", "tasks", "a list")]
    public void Load_ValueInThePlaceOfAGroup_IsAnError(string text, string path, string shown) =>
        _probe.Hocon(text).Load().Errors.ShouldBe(
            [$"actorbalancer.{path}: {shown} (hocon/standalone.conf, line 1) "
                + "stands where a group of settings belongs"]);

    [Fact]
    public void Load_ValueInThePlaceOfTheRoot_IsAnError() =>
        _probe.Write("hocon/standalone.conf", "actorbalancer = 5").Load().Errors.ShouldBe(
            ["actorbalancer: '5' (hocon/standalone.conf, line 1) stands where a group of settings belongs"]);

    [Theory]
    [InlineData("11s", null, "11 s (environment) is above RETRY_BACKOFF_MAX, 10 s (default)")]
    [InlineData(null, "100", "200 ms (default) is above RETRY_BACKOFF_MAX, 100 ms (environment)")]
    public void Load_BackoffAboveItsMaximum_NamesBothWithTheirSources(string? first, string? longest, string problem)
    {
        if (first is not null) _probe.Variable("RETRY_BACKOFF", first);
        if (longest is not null) _probe.Variable("RETRY_BACKOFF_MAX", longest);

        _probe.Load().Errors.ShouldBe([$"RETRY_BACKOFF: {problem}; raise the one or lower the other"]);
    }

    [Fact]
    public void Load_WebhookDelayAboveItsMaximum_NamesBoth() =>
        _probe.Variable("WEBHOOK_RETRY_DELAY", "2m").Variable("WEBHOOK_RETRY_DELAY_MAX", "1m").Load().Errors.ShouldBe(
            ["WEBHOOK_RETRY_DELAY: 2 m (environment) is above WEBHOOK_RETRY_DELAY_MAX, 1 m (environment); raise the "
                + "one or lower the other"]);
}
