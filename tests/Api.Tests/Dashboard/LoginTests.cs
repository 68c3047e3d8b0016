using ActorBalancer.Api.Tests.Hosting;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Dashboard;

public sealed class LoginTests(LoginTests.Shared fixture) : IClassFixture<LoginTests.Shared>
{
    private const string Form = "application/x-www-form-urlencoded";

    private readonly SurfaceHarness _surface = fixture.Surface;

    [Fact]
    public async Task PostLogin_RightKey_OpensASessionAndLeadsToTheDashboard()
    {
        var answer = await LogInAsync("/dashboard/login", Form, $"key={SurfaceHarness.Key}");

        answer.Status.ShouldBe(303);
        answer.Header("Location").ShouldBe("/dashboard");
        answer.Header("Cache-Control").ShouldBe("no-store");
        var cookie = answer.Header("Set-Cookie").ShouldNotBeNull();
        cookie.ShouldMatch("^lb-session=[A-Za-z0-9_-]{76}; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict$");
        var session = await _surface.SendAsync("GET", "/dashboard/session", ("Cookie", cookie.Split(';')[0]));
        session.Status.ShouldBe(200);
        var end = session.Json.GetProperty("expiresAt").GetDateTimeOffset();
        (end - TimeProvider.System.GetUtcNow()).ShouldBeInRange(TimeSpan.FromHours(11.9), TimeSpan.FromHours(12));
    }

    [Theory]
    [InlineData("key=%20the-Balancer-Key-7f3a%0d%0a")]
    [InlineData("other=1&key=the-Balancer-Key-7f3a")]
    [InlineData("key=%74he-Balancer-Key-7f3a")]
    public async Task PostLogin_RightKeyOtherwiseWritten_OpensASession(string form) =>
        (await LogInAsync("/dashboard/login", Form + "; charset=utf-8", form)).Status.ShouldBe(303);

    [Theory]
    [InlineData("")]
    [InlineData("key=")]
    [InlineData("key")]
    [InlineData("key=the-Balancer-Key-7f3b")]
    [InlineData("key=Bearer+the-Balancer-Key-7f3a")]
    [InlineData("keys=the-Balancer-Key-7f3a&x=%ff")]
    [InlineData("key=the-Balancer-Key-7f3a&key=the-Balancer-Key-7f3a")]
    [InlineData("key=%ff%fe")]
    [InlineData("key=%f0%9f%94%91")]
    [InlineData("key=<script>alert(1)</script>")]
    public async Task PostLogin_WrongKey_ShowsThePageAgainAndNothingOfIt(string form)
    {
        var answer = await LogInAsync("/dashboard/login", Form, form);

        answer.Status.ShouldBe(401);
        answer.Header("Content-Type").ShouldBe("text/html; charset=utf-8");
        answer.Header("Set-Cookie").ShouldBeNull();
        answer.Text.ShouldContain("role=\"alert\"");
        answer.Text.ShouldNotContain("<script");
        answer.Text.ShouldNotContain("Balancer-Key");
    }

    [Fact]
    public async Task PostLogin_Json_AnswersPrograms()
    {
        var right = await LogInAsync("/dashboard/login", "application/json", $$"""{"key":"{{SurfaceHarness.Key}}"}""");
        var wrong = await LogInAsync("/dashboard/login", "application/json", """{"key":"no"}""");

        right.Status.ShouldBe(204);
        right.Header("Set-Cookie").ShouldNotBeNull().ShouldStartWith("lb-session=");
        wrong.Status.ShouldBe(401);
        wrong.Error.ShouldBe("Unauthorized");
        wrong.Header("Set-Cookie").ShouldBeNull();
    }

    [Theory]
    [InlineData("application/json", "{", 400, "member_missing")]
    [InlineData("application/json", "[]", 400, "member_missing")]
    [InlineData("application/json", """{"key":1}""", 400, "member_missing")]
    [InlineData("application/json", """{"key":"\ud800"}""", 400, "member_missing")]
    [InlineData("text/plain", "key=x", 415, "content_type_unsupported")]
    [InlineData("multipart/form-data", "key=x", 415, "content_type_unsupported")]
    public async Task PostLogin_NoLogin_SaysWhatIsWrong(string type, string body, int status, string code)
    {
        var answer = await LogInAsync("/dashboard/login", type, body);

        answer.Status.ShouldBe(status);
        answer.Code.ShouldBe(code);
    }

    [Fact]
    public async Task PostLogin_HugeBody_IsRefused() =>
        (await LogInAsync("/dashboard/login", Form, "key=" + new string('x', 20_000))).Status.ShouldBe(413);

    [Theory]
    [InlineData("/dashboard", "/dashboard")]
    [InlineData("/bull", "/bull")]
    [InlineData("/docs", "/docs")]
    [InlineData("%2Fdashboard%3Fa%3Db", "/dashboard?a=b")]
    [InlineData("/dashboard/assets/logo.svg", "/dashboard/assets/logo.svg")]
    [InlineData("//evil.example", "/dashboard")]
    [InlineData("https://evil.example/dashboard", "/dashboard")]
    [InlineData("/dashboard@evil.example", "/dashboard")]
    [InlineData("/dashboard\\evil.example", "/dashboard")]
    [InlineData("/dashboardevil", "/dashboard")]
    [InlineData("/dashboard/%0d%0aSet-Cookie:a=b", "/dashboard")]
    [InlineData("/dashboard/\u00e9", "/dashboard")]
    [InlineData("/tasks", "/dashboard")]
    [InlineData("", "/dashboard")]
    [InlineData("/bull&next=/docs", "/dashboard")]
    public async Task PostLogin_Next_LeadsToOurOwnPagesOnly(string next, string location)
    {
        var answer = await LogInAsync($"/dashboard/login?next={next}", Form, $"key={SurfaceHarness.Key}");

        answer.Header("Location").ShouldBe(location);
    }

    [Fact]
    public async Task PostLogin_ByHttps_SetsASecureCookie()
    {
        var answer = await _surface.SendBodyAsync(
            "POST", "/dashboard/login", Form, $"key={SurfaceHarness.Key}", ("X-Forwarded-Proto", "https"));

        answer.Header("Set-Cookie").ShouldNotBeNull().ShouldEndWith("; Secure");
    }

    [Fact]
    public async Task PostLogin_TooManyWrongKeys_Is429AndHeadersCountTheSame()
    {
        await using var strict = await SurfaceHarness.StartAsync(("AUTH_FAILURE_LIMIT", "3"));
        for (var i = 0; i < 2; i++)
            (await strict.SendBodyAsync("POST", "/dashboard/login", Form, "key=no")).Status.ShouldBe(401);
        (await strict.SendAsync("GET", "/queues", ("Authorization", "no"))).Status.ShouldBe(401);

        var page = await strict.SendBodyAsync("POST", "/dashboard/login", Form, "key=no");
        var json = await strict.SendBodyAsync("POST", "/dashboard/login", "application/json", """{"key":"no"}""");
        var right = await strict.SendBodyAsync("POST", "/dashboard/login", Form, $"key={SurfaceHarness.Key}");

        page.Status.ShouldBe(429);
        page.Header("Retry-After").ShouldNotBeNull();
        page.Text.ShouldContain("Wait a minute");
        json.Status.ShouldBe(429);
        json.Code.ShouldBe("too_many_wrong_keys");
        right.Status.ShouldBe(303);
    }

    [Fact]
    public async Task PostLogout_OwnPage_TakesTheCookieAway()
    {
        var answer = await _surface.SendAsync(
            "POST", "/dashboard/logout", ("Cookie", _surface.Session), ("Sec-Fetch-Site", "same-origin"));

        answer.Status.ShouldBe(303);
        answer.Header("Location").ShouldBe("/dashboard/login");
        answer.Header("Set-Cookie").ShouldBe("lb-session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict");
    }

    [Fact]
    public async Task GetSession_WithTheKey_EndsNever()
    {
        var answer = await _surface.SendAsync("GET", "/dashboard/session", ("Authorization", SurfaceHarness.Key));

        answer.Text.ShouldBe("""{"expiresAt":null}""");
    }

    private Task<EdgeAnswer> LogInAsync(string path, string type, string body) =>
        _surface.SendBodyAsync("POST", path, type, body);

    public sealed class Shared : IAsyncLifetime
    {
        internal SurfaceHarness Surface { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Surface = await SurfaceHarness.StartAsync(("AUTH_FAILURE_LIMIT", "1000000"));

        public ValueTask DisposeAsync() => Surface.DisposeAsync();
    }
}
