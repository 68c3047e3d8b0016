using System.IO.Compression;
using System.Text;
using ActorBalancer.Api.Security;
using ActorBalancer.Api.Tests.Architecture;
using ActorBalancer.Api.Tests.Hosting;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Dashboard;

public sealed class WebFilesTests(LoginTests.Shared fixture) : IClassFixture<LoginTests.Shared>
{
    private static readonly string Root = Path.Combine(Repository.Root, "src", "Api", "wwwroot");

    private readonly SurfaceHarness _surface = fixture.Surface;

    [Fact]
    public async Task GetAsset_EachFile_ComesAsItLiesInTheRepository()
    {
        var folder = Path.Combine(Root, "assets");
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        files.ShouldNotBeEmpty();
        foreach (var file in files)
        {
            var path = Path.GetRelativePath(folder, file).Replace('\\', '/');

            var answer = await GetAsync($"/dashboard/assets/{path}");

            answer.Status.ShouldBe(200, path);
            answer.Text.ShouldBe(await File.ReadAllTextAsync(file), path);
            answer.Header("Content-Type").ShouldBe(Path.GetExtension(path) switch
            {
                ".js" => "text/javascript; charset=utf-8",
                ".css" => "text/css; charset=utf-8",
                ".svg" => "image/svg+xml",
                var other => other,
            });
        }
    }

    [Theory]
    [InlineData("/dashboard")]
    [InlineData("/bull")]
    [InlineData("/dashboard/login")]
    [InlineData("/dashboard/login.css")]
    [InlineData("/dashboard/assets/js/app.js")]
    public async Task Get_PageOrFile_TellsBrowsersToTrustNobodyElse(string path)
    {
        var answer = await GetAsync(path);

        answer.Status.ShouldBe(200);
        answer.Header("Content-Security-Policy").ShouldBe(PageHeaders.ContentSecurityPolicy);
        answer.Header("Content-Security-Policy")!.ShouldNotContain("unsafe");
        answer.Header("X-Content-Type-Options").ShouldBe("nosniff");
        answer.Header("X-Frame-Options").ShouldBe("DENY");
        answer.Header("Referrer-Policy").ShouldBe("no-referrer");
        answer.Header("Cross-Origin-Opener-Policy").ShouldBe("same-origin");
        answer.Header("Cross-Origin-Resource-Policy").ShouldBe("same-origin");
        answer.Header("Cache-Control").ShouldBe("no-cache");
        answer.Header("Access-Control-Allow-Origin").ShouldBeNull();
    }

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip, deflate, br, zstd", "br")]
    [InlineData("br;q=0, GZIP;q=0.5", "gzip")]
    [InlineData("deflate", null)]
    [InlineData("", null)]
    public async Task Get_CompressedWhereTaken_IsTheSameFileUnderATagOfItsOwn(string accepted, string? encoding)
    {
        var plain = await GetAsync("/dashboard");

        var answer = await GetAsync("/dashboard", ("Accept-Encoding", accepted));
        var again = await GetAsync(
            "/dashboard", ("Accept-Encoding", accepted), ("If-None-Match", answer.Header("ETag")!));

        answer.Header("Content-Encoding").ShouldBe(encoding);
        answer.Header("Vary").ShouldBe("Accept-Encoding");
        Decode(answer).ShouldBe(plain.Text);
        (answer.Header("ETag") == plain.Header("ETag")).ShouldBe(encoding is null);
        again.Status.ShouldBe(304);
        again.Body.ShouldBeEmpty();
        again.Header("ETag").ShouldBe(answer.Header("ETag"));
    }

    [Theory]
    [InlineData("\"other\"", 200)]
    [InlineData("*", 304)]
    [InlineData("rubbish", 200)]
    public async Task Get_IfNoneMatch_IsHeeded(string tags, int status) =>
        (await GetAsync("/dashboard", ("If-None-Match", tags))).Status.ShouldBe(status);

    [Theory]
    [InlineData("/dashboard/assets/")]
    [InlineData("/dashboard/assets/js")]
    [InlineData("/dashboard/assets/none.js")]
    [InlineData("/dashboard/assets/JS/app.js")]
    [InlineData("/dashboard/assets/..%2Findex.html")]
    [InlineData("/dashboard/assets/..%5Cindex.html")]
    [InlineData("/dashboard/assets/js%2Fapp.js")]
    [InlineData("/dashboard/assets/%2e%2e/login.html")]
    [InlineData("/dashboard/login.html")]
    [InlineData("/dashboard/index.html")]
    [InlineData("/wwwroot/index.html")]
    public async Task Get_WhatIsNoFile_Is404(string path)
    {
        using var connection = await _surface.ConnectAsync();
        await connection.SendAsync($"GET {path} HTTP/1.1\r\nHost: h\r\nAuthorization: {SurfaceHarness.Key}\r\n\r\n");

        (await connection.ReadAsync()).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("false", "true", 404, 200, 200)]
    [InlineData("true", "false", 200, 404, 200)]
    [InlineData("false", "false", 404, 404, 404)]
    public async Task Get_SwitchedOff_Is404(string dashboard, string board, int home, int bull, int login)
    {
        await using var surface = await SurfaceHarness.StartAsync(
            ("DASHBOARD_ENABLED", dashboard), ("BULL_BOARD_ENABLED", board));
        var key = ("Authorization", SurfaceHarness.Key);

        (await surface.SendAsync("GET", "/dashboard", key)).Status.ShouldBe(home);
        (await surface.SendAsync("GET", "/bull", key)).Status.ShouldBe(bull);
        (await surface.SendAsync("GET", "/dashboard/login", key)).Status.ShouldBe(login);
        (await surface.SendAsync("GET", "/dashboard/assets/js/app.js", key)).Status.ShouldBe(login);
        if (bull == 200)
        {
            var answer = await surface.SendBodyAsync(
                "POST", "/dashboard/login", "application/x-www-form-urlencoded", $"key={SurfaceHarness.Key}");
            answer.Header("Location").ShouldBe("/bull");
        }
    }

    private static string Decode(EdgeAnswer answer)
    {
        using var body = new MemoryStream(answer.Body);
        using Stream plain = answer.Header("Content-Encoding") switch
        {
            "br" => new BrotliStream(body, CompressionMode.Decompress),
            "gzip" => new GZipStream(body, CompressionMode.Decompress),
            _ => body,
        };
        using var reader = new StreamReader(plain, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private Task<EdgeAnswer> GetAsync(string path, params (string Name, string Value)[] headers) =>
        _surface.SendAsync("GET", path, [("Cookie", _surface.Session), .. headers]);
}
