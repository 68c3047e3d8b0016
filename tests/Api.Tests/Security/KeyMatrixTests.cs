using System.Globalization;
using System.Text.RegularExpressions;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Security;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Testing;
using Microsoft.AspNetCore.Routing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Security;

/// <summary>Every route against every way to come without the key and without a session. The routes are those of the
/// running balancer, so a new one is in the table by itself, and fails it until it says who may use it.</summary>
public sealed partial class KeyMatrixTests(KeyMatrixTests.Unlimited fixture) : IClassFixture<KeyMatrixTests.Unlimited>
{
    private const string WorkerKey = "the-Worker-Key-91c4";

    // The only routes that answer without a key: what orchestrators ask, the way in, and the description of the
    // interface.
    private static readonly string[] PublicRoutes =
    [
        "/dashboard/login", "/dashboard/login.css", "/dashboard/logout",
        "/docs", "/docs/{file}", "/openapi/v1.json",
        "/health", "/health/live", "/health/ready",
    ];

    private static readonly (string Name, (string, string)[] Headers)[] NoRightKey =
    [
        ("no key", []),
        ("empty", [("Authorization", "")]),
        ("empty x-lb-auth", [("x-lb-auth", "")]),
        ("wrong", [("Authorization", "the-Balancer-Key-7f3b")]),
        ("wrong as bearer", [("Authorization", "Bearer the-Balancer-Key-7f3b")]),
        ("wrong x-lb-auth", [("x-lb-auth", "the-Balancer-Key-7f3b")]),
        ("shorter", [("Authorization", SurfaceHarness.Key[..^1])]),
        ("longer", [("Authorization", SurfaceHarness.Key + "a")]),
        ("much longer", [("Authorization", string.Concat(Enumerable.Repeat(SurfaceHarness.Key, 300)))]),
        ("Bearer alone", [("Authorization", "Bearer")]),
        ("Bearer and a space", [("Authorization", "Bearer ")]),
        ("lower case", [("Authorization", SurfaceHarness.Key.ToLowerInvariant())]),
        ("upper case", [("Authorization", SurfaceHarness.Key.ToUpperInvariant())]),
        ("twice the right one", [("Authorization", SurfaceHarness.Key), ("Authorization", SurfaceHarness.Key)]),
        ("right and wrong", [("Authorization", SurfaceHarness.Key), ("Authorization", "wrong")]),
        ("wrong and right", [("Authorization", "wrong"), ("Authorization", SurfaceHarness.Key)]),
        ("right, x-lb-auth wrong", [("Authorization", SurfaceHarness.Key), ("x-lb-auth", "wrong")]),
        ("wrong, x-lb-auth right", [("Authorization", "wrong"), ("x-lb-auth", SurfaceHarness.Key)]),
        ("x-lb-auth twice", [("x-lb-auth", SurfaceHarness.Key), ("x-lb-auth", SurfaceHarness.Key)]),
        ("Basic", [("Authorization", "Basic " + SurfaceHarness.Key)]),
        ("Bearer Bearer", [("Authorization", "Bearer Bearer " + SurfaceHarness.Key)]),
        ("Bearer without space", [("Authorization", "Bearer" + SurfaceHarness.Key)]),
        ("in quotes", [("Authorization", $"\"{SurfaceHarness.Key}\"")]),
        ("worker key", [("Authorization", WorkerKey), ("x-wr-auth", WorkerKey)]),
        ("in the worker's header", [("x-wr-auth", SurfaceHarness.Key)]),
        ("in a cookie", [("Cookie", $"Authorization={SurfaceHarness.Key}; key={SurfaceHarness.Key}")]),
        ("in the session's cookie", [("Cookie", $"{SessionCookie.Name}={SurfaceHarness.Key}")]),
        ("in the proxy's header", [("Proxy-Authorization", SurfaceHarness.Key)]),
        ("forwarded for loopback", [("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=127.0.0.1")]),
        ("original URL", [("X-Original-URL", "/health"), ("X-Rewrite-URL", "/health")]),
        ("override to GET", [("X-HTTP-Method-Override", "GET"), ("X-Method-Override", "GET")]),
        ("override to OPTIONS", [("X-HTTP-Method-Override", "OPTIONS")]),
        ("event stream", [("Accept", "text/event-stream"), ("Last-Event-ID", "1")]),
        ("WebSocket", [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]),
        ("as a browser", [("Accept", "text/html,*/*"), ("Sec-Fetch-Site", "same-origin")]),
        .. BadSessions(),
    ];

    // What a refused request may look like: by itself, as a browser sends it, and with a session that is none.
    private static readonly (string Name, (string, string)[] Headers)[] Few =
        [.. NoRightKey.Where(static one => one.Name is "no key" or "wrong" or "as a browser" or "session, forged")];

    private static readonly string[] Methods =
        ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY", "get", "Post", "options"];

    private readonly SurfaceHarness _surface = fixture.Surface;

    [Fact]
    public void Routes_All_SayWhoMayUseThem()
    {
        var table = _surface.Routes
            .Select(route => (Pattern(route), Edge: route.Metadata.GetMetadata<EdgeRoute>()))
            .Select(row => $"{row.Item1} {row.Edge.ShouldNotBeNull(row.Item1).Access} {row.Edge!.Allow}")
            .Order(StringComparer.Ordinal);

        table.ShouldBe(RouteClasses.All);
    }

    [Fact]
    public void Routes_ThatGiveOrders_DoNotAnswerGet()
    {
        string[] orders = ["pause", "resume", "retry", "cancel", "on", "off", "drain", "up", "down", "logout", "progress"];

        var routes = _surface.Routes.Where(route => orders.Contains(Pattern(route).Split('/')[^1])).ToArray();

        routes.Length.ShouldBeGreaterThan(10);
        routes.ShouldAllBe(route => !route.Metadata.GetMetadata<EdgeRoute>()!.Knows("GET"));
    }

    [Fact]
    public async Task Send_EveryRouteWithoutTheRightKey_IsNeverLetThrough()
    {
        var sent = 0;
        foreach (var route in _surface.Routes)
        {
            var path = Path(route);
            sent += await SendAllAsync(route, path, Methods, NoRightKey);
            foreach (var spelling in Spellings(path))
                sent += await SendAllAsync(route, spelling, Methods, Few);
        }

        sent.ShouldBeGreaterThan(_surface.Routes.Count * (11 * 30));
    }

    [Fact]
    public async Task Send_EveryRouteWithTheKeyOrASession_IsLetThrough()
    {
        foreach (var route in _surface.Routes)
        {
            var edge = route.Metadata.GetMetadata<EdgeRoute>()!;
            foreach (var method in new[] { "GET", "POST", "DELETE" }.Where(edge.Knows))
            {
                if (Pattern(route) is "/dashboard/login" or "/dashboard/logout")
                    continue;
                foreach (var header in new[]
                {
                    $"Authorization: {SurfaceHarness.Key}",
                    $"Authorization: Bearer {SurfaceHarness.Key}",
                    $"x-lb-auth: {SurfaceHarness.Key}",
                    $"Cookie: {_surface.Session}\r\nSec-Fetch-Site: same-origin",
                    $"Cookie: a=b; {SessionCookie.Name}=bad; {_surface.Session}\r\nOrigin: http://h",
                })
                {
                    var status = await SendAloneAsync(method, Path(route), header);
                    status.ShouldNotBeOneOf([303, 401, 403, 405, 429, 500], $"{method} {Path(route)}, {header}");
                }
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\nOrigin: http://elsewhere.example")]
    [InlineData("\r\nOrigin: http://h:81")]
    [InlineData("\r\nOrigin: http://evil-h")]
    [InlineData("\r\nOrigin: http://h.evil")]
    [InlineData("\r\nOrigin: null")]
    [InlineData("\r\nOrigin: ")]
    [InlineData("\r\nOrigin: http://h\r\nOrigin: http://h")]
    [InlineData("\r\nOrigin: http://h\r\nSec-Fetch-Site: cross-site")]
    [InlineData("\r\nSec-Fetch-Site: same-site")]
    [InlineData("\r\nSec-Fetch-Site: none")]
    [InlineData("\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site")]
    public async Task Send_ChangeWithASessionFromElsewhere_Is403OnEveryRoute(string origin)
    {
        foreach (var route in _surface.Routes)
        {
            var edge = route.Metadata.GetMetadata<EdgeRoute>()!;
            foreach (var method in new[] { "POST", "PUT", "DELETE", "PATCH" }.Where(edge.Knows))
            {
                if (Pattern(route) == "/dashboard/login")
                    continue;
                var status = await SendAloneAsync(method, Path(route), $"Cookie: {_surface.Session}{origin}");
                status.ShouldBe(403, $"{method} {Path(route)}");
            }
        }
    }

    [Theory]
    [InlineData("Origin: http://elsewhere.example", 403)]
    [InlineData("Origin: http://h:81", 403)]
    [InlineData("Origin: null", 403)]
    [InlineData("Origin: http://h:81\r\nSec-Fetch-Site: same-site\r\nConnection: Upgrade\r\nUpgrade: websocket", 403)]
    [InlineData("Origin: http://h", 200)]
    [InlineData("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate", 200)]
    [InlineData("Sec-Fetch-Site: none", 200)]
    public async Task Send_ReadingWithASession_IsRefusedToScriptsFromElsewhere(string headers, int status)
    {
        foreach (var path in new[] { "/queues", "/health", "/status", "/events", "/dashboard" })
            (await SendAloneAsync("GET", path, $"Cookie: {_surface.Session}\r\n{headers}")).ShouldBe(status, path);
    }

    [Theory]
    [InlineData("Authorization", SurfaceHarness.Key)]
    [InlineData("authorization", "Bearer " + SurfaceHarness.Key)]
    [InlineData("AUTHORIZATION", "bEARER " + SurfaceHarness.Key)]
    [InlineData("Authorization", "Bearer   " + SurfaceHarness.Key)]
    [InlineData("x-lb-auth", SurfaceHarness.Key)]
    [InlineData("X-LB-Auth", "Bearer " + SurfaceHarness.Key)]
    public async Task Send_RightKey_IsLetThroughOnEverySpellingOfTheRoute(string header, string value)
    {
        using var connection = await _surface.ConnectAsync();
        foreach (var path in new[] { "/queues", "/queues/", "/QUEUES", "/%71ueues", "/x/../queues" })
        {
            await connection.SendAsync($"GET {path} HTTP/1.1\r\nHost: h\r\n{header}: {value}\r\n\r\n");
            (await connection.ReadAsync()).Status.ShouldBe(200, path);
        }

        (await _surface.SendAsync("POST", "/task", (header, value))).Status.ShouldBe(415);
    }

    [Fact]
    public async Task Send_RightKeyInBothHeaders_IsLetThrough()
    {
        var answer = await _surface.SendAsync(
            "GET", "/logs", ("Authorization", SurfaceHarness.Key), ("x-lb-auth", SurfaceHarness.Key));

        answer.Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("Authorization", "wrong")]
    [InlineData("Authorization", "")]
    [InlineData("x-lb-auth", "wrong")]
    public async Task Send_GoodSessionBesideAWrongKey_IsRefused(string header, string value)
    {
        foreach (var path in new[] { "/queues", "/dashboard/session", "/health" })
        {
            using var connection = await _surface.ConnectAsync();
            await connection.SendAsync(
                $"GET {path} HTTP/1.1\r\nHost: h\r\nCookie: {_surface.Session}\r\n{header}: {value}\r\n\r\n");
            (await connection.ReadAsync()).Status.ShouldBe(401, path);
        }
    }

    private static IEnumerable<(string Name, (string, string)[] Headers)> BadSessions()
    {
        var now = TimeProvider.System.GetUtcNow();
        var good = new SessionTokens(SurfaceHarness.Key, TimeProvider.System).Issue();
        var ended = new SessionTokens(
            SurfaceHarness.Key, new ManualTimeProvider(now - SessionTokens.Lifetime - TimeSpan.FromSeconds(2))).Issue();
        (string Name, string Value)[] cookies =
        [
            ("empty", ""),
            ("forged", good[..40] + new string('A', good.Length - 40)),
            ("ended", ended),
            ("truncated", good[..^1]),
            ("extended", good + "A"),
            ("in quotes", $"\"{good}\""),
            ("of another key", new SessionTokens(WorkerKey, TimeProvider.System).Issue()),
            ("of no characters of its own", new string('%', good.Length)),
            ("behind many", "x; " + string.Concat(Enumerable.Repeat($"{SessionCookie.Name}={ended}; ", 99))),
        ];
        foreach (var (name, value) in cookies)
        {
            yield return (
                $"session, {name}", [("Cookie", $"{SessionCookie.Name}={value}"), ("Sec-Fetch-Site", "same-origin")]);
        }

        yield return ("session under another name", [("Cookie", $"lb-sessions={good}; LB-SESSION={good}")]);
        yield return ("session as a key", [("Authorization", "Bearer " + good)]);
        yield return ("session in the query's place", [("x-lb-session", good)]);
    }

    private static void Judge(EdgeAnswer answer, RouteEndpoint route, string name)
    {
        if (PublicRoutes.Contains(Pattern(route)))
        {
            answer.Status.ShouldBeOneOf([200, 204, 303, 400, 401, 403, 404, 405, 415], name);
            if (Pattern(route).StartsWith("/health", StringComparison.Ordinal))
                answer.Text.ShouldNotContain("workers", Case.Sensitive, name);
        }
        else if (answer.Status == 303)
        {
            route.Metadata.GetMetadata<EdgeRoute>()!.IsPage.ShouldBeTrue(name);
            answer.Header("Location")!.ShouldStartWith("/dashboard/login?next=%2F", Case.Sensitive, name);
            answer.Text.ShouldBeEmpty();
        }
        else
        {
            answer.Status.ShouldBeOneOf([401, 404, 405], name);
        }

        (answer.Header("Set-Cookie") ?? "").ShouldNotContain("lb-session=A", Case.Sensitive, name);
        answer.Text.ShouldNotContain(SurfaceHarness.Key, Case.Insensitive, name);
    }

    private static IEnumerable<string> Spellings(string path) =>
    [
        path + "/",
        path.ToUpperInvariant(),
        string.Create(CultureInfo.InvariantCulture, $"/%{(int)path[1]:x2}{path[2..]}"),
        $"/health/..{path}",
        $"/dashboard/login/..{path}",
        $"/{path}",
        "/%2F" + path[1..],
        path + "%2F",
        string.Concat("/", path.AsSpan(1).ToString().Replace("/", "%2F", StringComparison.Ordinal)),
        $"{path}?key={SurfaceHarness.Key}&authorization={SurfaceHarness.Key}&x-lb-auth={SurfaceHarness.Key}",
        path + "/health",
        path + ";/health",
        path + "/x/login.css",
    ];

    [GeneratedRegex(@"\{[^}]+\}", RegexOptions.None, 1000)]
    private static partial Regex Parameter();

    private static string Pattern(RouteEndpoint endpoint) => endpoint.RoutePattern.RawText!;

    private static string Path(RouteEndpoint endpoint) => Parameter().Replace(Pattern(endpoint), "1");

    private async Task<int> SendAllAsync(
        RouteEndpoint route, string path, string[] methods, (string Name, (string, string)[] Headers)[] keys)
    {
        foreach (var method in methods)
        {
            using var connection = await _surface.ConnectAsync();
            foreach (var (name, headers) in keys)
            {
                // By hand: a client library would tidy the path and the method.
                var lines = string.Concat(headers.Select(header => $"{header.Item1}: {header.Item2}\r\n"));
                await connection.SendAsync($"{method} {path} HTTP/1.1\r\nHost: h\r\n{lines}\r\n");
                var answer = await connection.ReadAsync(hasBody: method != "HEAD");
                Judge(answer, route, $"{method} {path}, {name}");
            }
        }

        return methods.Length * keys.Length;
    }

    // On a connection of its own: the answer may be a stream.
    private async Task<int> SendAloneAsync(string method, string path, string headers)
    {
        using var connection = await _surface.ConnectAsync();
        await connection.SendAsync($"{method} {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n{headers}\r\n\r\n");
        return (await connection.ReadAsync()).Status;
    }

    /// <summary>A balancer that never tires of wrong keys, so that each gets its own answer.</summary>
    public sealed class Unlimited : IAsyncLifetime
    {
        internal SurfaceHarness Surface { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Surface = await SurfaceHarness.StartAsync(("AUTH_FAILURE_LIMIT", "1000000"));

        public ValueTask DisposeAsync() => Surface.DisposeAsync();
    }
}
