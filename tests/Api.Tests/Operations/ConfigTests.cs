using System.Text.Json;
using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Operations;

public sealed class ConfigTests
{
    [Fact]
    public async Task GetConfig_Always_ShowsEverySettingAndNoSecret()
    {
        await using var balancer = await OperationsHarness.StartAsync(
            hocon: "actorbalancer.tasks.attempts = 7",
            settings: ("WEBHOOK_SECRET", "a-webhook-secret-that-nobody-sees"));

        var answer = await balancer.GetAsync("/config");

        answer.Status.ShouldBe(200);
        answer.Header("Cache-Control").ShouldBe("no-store");
        var settings = answer.Json.GetProperty("settings").EnumerateArray().ToDictionary(
            static setting => setting.GetProperty("name").GetString()!);
        settings.Keys.ShouldBe(SettingsTable.All.Select(static setting => setting.Name));
        settings["TASK_ATTEMPTS"].EnumerateObject().Select(static member => member.Name).ShouldBe(
            ["name", "hocon", "value", "default", "isSecret", "source", "description"]);
        settings["TASK_ATTEMPTS"].GetProperty("value").GetString().ShouldBe("7");
        settings["TASK_ATTEMPTS"].GetProperty("default").GetString().ShouldBe("3");
        settings["TASK_ATTEMPTS"].GetProperty("source").GetString()!.ShouldContain("test.conf, line 1");
        settings["TASK_ATTEMPTS"].GetProperty("hocon").GetString().ShouldBe("actorbalancer.tasks.attempts");
        settings["STORE"].GetProperty("source").GetString().ShouldBe("environment");
        settings["LOG_LEVEL"].GetProperty("source").GetString().ShouldBe("default");
        settings["LB_AUTH_KEY"].GetProperty("value").GetString().ShouldBe("***");
        settings["LB_AUTH_KEY"].GetProperty("isSecret").GetBoolean().ShouldBeTrue();
        settings["WEBHOOK_SECRET"].GetProperty("value").GetString().ShouldBe("***");
        settings["REDIS_PASSWORD"].GetProperty("value").ValueKind.ShouldBe(JsonValueKind.Null);
        answer.Text.ShouldNotContain(EdgeHarness.Key);
        answer.Text.ShouldNotContain("nobody-sees");
    }

    [Theory]
    [InlineData("kind=hocon", "actorbalancer.tasks.attempts = 5")]
    [InlineData("kind=env", "TASK_ATTEMPTS=5\nOTHER=1\nLB_AUTH_KEY_FILE=/etc/shadow\nBIND_ADDRESS=0.0.0.0")]
    [InlineData("name=x/workers.json", """["http://a","http://b"]""")]
    [InlineData("name=.env.production", "PORT=80")]
    [InlineData("name=my.conf", "actorbalancer { server.port = 80 }")]
    [InlineData("kind=proxy", """{"port":81,"backends":[{"id":1,"url":"http://a"}]}""")]
    public async Task PostCheck_RightText_IsValid(string query, string text)
    {
        await using var balancer = await OperationsHarness.StartAsync();

        var answer = await balancer.SendAsync("POST", "/config/check?" + query, text);

        answer.Text.ShouldBe("""{"valid":true,"errors":[],"warnings":[]}""");
    }

    [Theory]
    [InlineData("kind=hocon&name=a.conf", "actorbalancer {", "a.conf")]
    [InlineData("kind=hocon", "actorbalancer.tasks.attempts = many", "TASK_ATTEMPTS: 'many'")]
    [InlineData("kind=hocon", "actorbalancer.proxy.pools.p { listen.port = 1 }", "backends")]
    [InlineData("kind=env", "TASK_ATTEMPTS=0", "TASK_ATTEMPTS: '0' (.env, line 1) is out of range")]
    [InlineData("kind=env", "RETRY_BACKOFF=1h\nRETRY_BACKOFF_MAX=1s", "RETRY_BACKOFF: ")]
    [InlineData("kind=workers&name=workers.json", """["ftp://a"]""", "workers.json: entry 1")]
    [InlineData("kind=proxy&name=config.json", "{}", "config.json")]
    public async Task PostCheck_WrongText_NamesTheFault(string query, string text, string fault)
    {
        await using var balancer = await OperationsHarness.StartAsync();

        var answer = await balancer.SendAsync("POST", "/config/check?" + query, text);

        answer.Status.ShouldBe(200, answer.Text);
        answer.Json.GetProperty("valid").GetBoolean().ShouldBeFalse();
        answer.Json.GetProperty("errors").EnumerateArray().ShouldContain(
            line => line.GetString()!.Contains(fault, StringComparison.Ordinal), answer.Text);
    }

    [Theory]
    [InlineData("kind=hocon", "actorbalancer.taks.attempts = 5", "tasks")]
    [InlineData("kind=hocon", "include \"/etc/passwd\"\nactorbalancer.server.port = 5", "'/etc/passwd' is not read")]
    [InlineData("kind=hocon", "include required(\"/nowhere\")\nactorbalancer.server.port = 5", "'/nowhere' is not read")]
    [InlineData("kind=hocon", "actorbalancer.server.port = ${SOME_PORT}", "takes a variable of the environment")]
    [InlineData("kind=env", "TASK_ATEMPTS=5", "did you mean TASK_ATTEMPTS?")]
    public async Task PostCheck_DoubtfulText_IsValidWithAWarning(string query, string text, string warning)
    {
        await using var balancer = await OperationsHarness.StartAsync();

        var answer = await balancer.SendAsync("POST", "/config/check?" + query, text);

        answer.Json.GetProperty("valid").GetBoolean().ShouldBeTrue(answer.Text);
        answer.Json.GetProperty("warnings").EnumerateArray().ShouldContain(
            line => line.GetString()!.Contains(warning, StringComparison.Ordinal), answer.Text);
    }

    [Fact]
    public async Task PostCheck_TextThatAsksForSecrets_LearnsNone()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Combine("secret");
        await File.WriteAllTextAsync(file, "a-secret-of-a-file");
        await using var balancer = await OperationsHarness.StartAsync();
        foreach (var (kind, text) in new[]
        {
            ("hocon", "actorbalancer.server.port = ${LB_AUTH_KEY}"),
            ("hocon", "actorbalancer.server.port = ${?PATH}"),
            ("hocon", $"actorbalancer.server.auth-key-file = \"{file}\""),
            ("hocon", $"include \"{file}\""),
            ("hocon", $"actorbalancer.proxy.email {{ host = a, port = 1, user = u, password-file = \"{file}\" }}"),
            ("env", $"LB_AUTH_KEY_FILE={file}\nREDIS_PASSWORD_FILE={file}"),
        })
        {
            var here = await balancer.SendAsync("POST", $"/config/check?kind={kind}", text);
            var nowhere = await balancer.SendAsync(
                "POST", $"/config/check?kind={kind}", text.Replace(file, "/nowhere", StringComparison.Ordinal));

            here.Text.ShouldNotContain("a-secret-of-a-file");
            here.Text.ShouldNotContain(EdgeHarness.Key);
            here.Text.ShouldNotContain(Environment.GetEnvironmentVariable("PATH")!);
            here.Text.Replace(file, "/nowhere", StringComparison.Ordinal).ShouldBe(nowhere.Text, text);
        }
    }

    [Theory]
    [InlineData("", 400, "query_missing")]
    [InlineData("?name=x.txt", 400, "query_missing")]
    [InlineData("?kind=yaml", 400, "query_invalid")]
    [InlineData("?kind=env&kind=env", 400, "query_invalid")]
    [InlineData("?kind=env&file=x", 400, "query_unknown")]
    public async Task PostCheck_WrongQuery_IsAClearError(string query, int status, string code)
    {
        await using var balancer = await OperationsHarness.StartAsync();

        var answer = await balancer.SendAsync("POST", "/config/check" + query, "");

        answer.Status.ShouldBe(status);
        answer.Code.ShouldBe(code);
        answer.Error.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task PostCheck_TooLargeOrNoText_IsAClearAnswer()
    {
        await using var balancer = await OperationsHarness.StartAsync(settings: ("REQUEST_BODY_LIMIT", "2kb"));

        var large = await balancer.SendAsync("POST", "/config/check?kind=env", new string('#', 3000));
        large.Status.ShouldBe(413);
        large.Code.ShouldBe("body_too_large");
        var empty = await balancer.SendAsync("POST", "/config/check?kind=workers", "");
        empty.Json.GetProperty("valid").GetBoolean().ShouldBeFalse();
        var bytes = ConfigCheck.Check(ConfigForm.Hocon, "x", [0xff], new(0, []));
        bytes.Errors.ShouldBe(["x: expected UTF-8 text, found other bytes"]);
    }
}
