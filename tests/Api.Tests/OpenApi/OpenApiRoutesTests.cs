using System.Text.RegularExpressions;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Api.Tests.Operations;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.OpenApi;

public sealed partial class OpenApiRoutesTests : IAsyncLifetime
{
    private OperationsHarness _balancer = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _balancer = await OperationsHarness.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_balancer.Host.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _balancer.DisposeAsync();
    }

    [Theory]
    [InlineData("/openapi/v1.json", "application/json; charset=utf-8")]
    [InlineData("/docs", "text/html; charset=utf-8")]
    [InlineData("/docs/init.js", "text/javascript; charset=utf-8")]
    [InlineData("/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8")]
    [InlineData("/docs/swagger-ui.css", "text/css; charset=utf-8")]
    [InlineData("/docs/LICENSE", "text/plain; charset=utf-8")]
    public async Task Get_WithoutKey_IsServedAndKept(string path, string type)
    {
        var answer = await SendAsync("GET", path);

        answer.Status.ShouldBe(200);
        answer.Header("Content-Type").ShouldBe(type);
        answer.Body.Length.ShouldBeGreaterThan(100);
        var head = await SendAsync("HEAD", path);
        head.Status.ShouldBe(200);
        head.Header("Content-Length").ShouldBe($"{answer.Body.Length}");
        head.Body.ShouldBeEmpty();
        (await SendAsync("GET", path, ("If-None-Match", answer.Header("ETag")!))).Status.ShouldBe(304);
    }

    [Fact]
    public async Task GetDescription_Version_IsThatOfTheProgram()
    {
        var document = (await SendAsync("GET", "/openapi/v1.json")).Json;

        document.GetProperty("openapi").GetString().ShouldBe("3.1.0");
        document.GetProperty("info").GetProperty("version").GetString()!.ShouldMatch(@"^\d+\.\d+\.\d+");
    }

    [Fact]
    public async Task GetDocs_Policy_LetsNoOtherHostAndNoInlineScriptIn()
    {
        var answer = await SendAsync("GET", "/docs");

        var policy = answer.Header("Content-Security-Policy")!;
        policy.ShouldContain("default-src 'none'");
        policy.ShouldContain("script-src 'self';");
        policy.ShouldNotContain("unsafe");
        policy.ShouldNotContain("http");
        var sources = Address().Matches(answer.Text).Select(static match => match.Groups["address"].Value);
        sources.ShouldAllBe(static source => source.StartsWith('/') || source == "data:,");
        Script().Matches(answer.Text).ShouldAllBe(static script => script.Value.Contains(" src="));
    }

    [Theory]
    [InlineData("/docs/index.js")]
    [InlineData("/docs/..%2findex.html")]
    [InlineData("/docs/a/b")]
    public async Task GetDocs_OtherFile_IsNotThere(string path) =>
        (await SendAsync("GET", path)).Status.ShouldBe(404);

    private async Task<EdgeAnswer> SendAsync(string method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _client.SendAsync(request);
        return await EdgeAnswer.OfAsync(response);
    }

    [GeneratedRegex(@"(src|href)=""(?<address>[^""]*)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Address();

    [GeneratedRegex("<script[^>]*>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Script();
}
