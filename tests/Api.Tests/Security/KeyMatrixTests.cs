using System.Globalization;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tests.Hosting;
using Microsoft.AspNetCore.Routing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Security;

/// <summary>Every route against every way to come without the key. The routes are those of the running server, so a
/// new one is in the table by itself, and fails it until it says who may use it.</summary>
public sealed class KeyMatrixTests(KeyMatrixTests.Unlimited fixture) : IClassFixture<KeyMatrixTests.Unlimited>
{
    // The only routes that answer 2xx without a key.
    private static readonly string[] PublicRoutes = ["/health", "/health/live", "/health/ready"];

    private static readonly (string Name, (string, string)[] Headers)[] NoRightKey =
    [
        ("no key", []),
        ("empty", [("Authorization", "")]),
        ("empty x-lb-auth", [("x-lb-auth", "")]),
        ("wrong", [("Authorization", "the-Balancer-Key-7f3b")]),
        ("wrong as bearer", [("Authorization", "Bearer the-Balancer-Key-7f3b")]),
        ("wrong x-lb-auth", [("x-lb-auth", "the-Balancer-Key-7f3b")]),
        ("shorter", [("Authorization", EdgeHarness.Key[..^1])]),
        ("longer", [("Authorization", EdgeHarness.Key + "a")]),
        ("much longer", [("Authorization", string.Concat(Enumerable.Repeat(EdgeHarness.Key, 300)))]),
        ("Bearer alone", [("Authorization", "Bearer")]),
        ("Bearer and a space", [("Authorization", "Bearer ")]),
        ("lower case", [("Authorization", EdgeHarness.Key.ToLowerInvariant())]),
        ("upper case", [("Authorization", EdgeHarness.Key.ToUpperInvariant())]),
        ("twice the right one", [("Authorization", EdgeHarness.Key), ("Authorization", EdgeHarness.Key)]),
        ("right and wrong", [("Authorization", EdgeHarness.Key), ("Authorization", "wrong")]),
        ("wrong and right", [("Authorization", "wrong"), ("Authorization", EdgeHarness.Key)]),
        ("right, x-lb-auth wrong", [("Authorization", EdgeHarness.Key), ("x-lb-auth", "wrong")]),
        ("wrong, x-lb-auth right", [("Authorization", "wrong"), ("x-lb-auth", EdgeHarness.Key)]),
        ("x-lb-auth twice", [("x-lb-auth", EdgeHarness.Key), ("x-lb-auth", EdgeHarness.Key)]),
        ("Basic", [("Authorization", "Basic " + EdgeHarness.Key)]),
        ("Bearer Bearer", [("Authorization", "Bearer Bearer " + EdgeHarness.Key)]),
        ("Bearer without space", [("Authorization", "Bearer" + EdgeHarness.Key)]),
        ("in quotes", [("Authorization", $"\"{EdgeHarness.Key}\"")]),
        ("worker key", [("Authorization", EdgeHarness.WorkerKey), ("x-wr-auth", EdgeHarness.WorkerKey)]),
        ("in the worker's header", [("x-wr-auth", EdgeHarness.Key)]),
        ("in a cookie", [("Cookie", $"Authorization={EdgeHarness.Key}; key={EdgeHarness.Key}")]),
        ("in the proxy's header", [("Proxy-Authorization", EdgeHarness.Key)]),
        ("forwarded for loopback", [("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=127.0.0.1")]),
        ("original URL", [("X-Original-URL", "/health"), ("X-Rewrite-URL", "/health")]),
        ("override to GET", [("X-HTTP-Method-Override", "GET"), ("X-Method-Override", "GET")]),
        ("override to OPTIONS", [("X-HTTP-Method-Override", "OPTIONS")]),
    ];

    private static readonly string[] Methods =
        ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY", "get", "Post", "options"];

    private readonly EdgeHarness _edge = fixture.Edge;

    [Fact]
    public void Routes_All_SayWhoMayUseThem()
    {
        var table = Endpoints()
            .Select(endpoint => (Path(endpoint), endpoint.Metadata.GetMetadata<EdgeRoute>()))
            .Select(row => $"{row.Item1} {row.Item2.ShouldNotBeNull(row.Item1).Access} {row.Item2!.Allow}");

        table.ShouldBe([
            "/task BalancerKey POST, OPTIONS",
            "/task/{id} BalancerKey GET, DELETE, HEAD, OPTIONS",
            "/task/{id}/events BalancerKey GET, HEAD, OPTIONS",
            "/task/{id}/retry BalancerKey POST, OPTIONS",
            "/task/{id}/webhook/retry BalancerKey POST, OPTIONS",
            "/task/{id}/progress BalancerKey POST, OPTIONS",
            "/tasks BalancerKey GET, POST, DELETE, HEAD, OPTIONS",
            "/tasks/retry BalancerKey POST, OPTIONS",
            "/queues BalancerKey GET, HEAD, OPTIONS",
            "/queues/{group}/{contract}/pause BalancerKey POST, OPTIONS",
            "/queues/{group}/{contract}/resume BalancerKey POST, OPTIONS",
            "/health PublicPart GET, HEAD, OPTIONS",
            "/health/live Public GET, HEAD, OPTIONS",
            "/health/ready Public GET, HEAD, OPTIONS",
            "/logs BalancerKey GET, HEAD, OPTIONS",
        ]);
    }

    [Fact]
    public async Task Send_EveryRouteWithoutTheRightKey_IsNeverLetThrough()
    {
        _edge.LogLines = ["a line that is nobody's business"];
        var sent = 0;
        foreach (var path in Endpoints().Select(Path))
        {
            foreach (var spelling in Spellings(path))
            {
                foreach (var method in Methods)
                {
                    using var connection = await _edge.ConnectAsync();
                    foreach (var (name, headers) in NoRightKey)
                    {
                        // By hand: a client library would tidy the path and the method.
                        var lines = string.Concat(headers.Select(header => $"{header.Item1}: {header.Item2}\r\n"));
                        await connection.SendAsync($"{method} {spelling} HTTP/1.1\r\nHost: h\r\n{lines}\r\n");
                        var answer = await connection.ReadAsync(hasBody: method != "HEAD");
                        Judge(answer, path, $"{method} {spelling}, {name}");
                        sent++;
                    }
                }
            }
        }

        sent.ShouldBeGreaterThan(3 * 9 * 11 * 30);
        _edge.Balancer.Requests.ShouldBeEmpty();
        _edge.Balancer.Orders.ShouldBeEmpty();
        _edge.Log.Text.ShouldNotContain(EdgeHarness.Key, Case.Insensitive);
    }

    [Theory]
    [InlineData("Authorization", EdgeHarness.Key)]
    [InlineData("authorization", "Bearer " + EdgeHarness.Key)]
    [InlineData("AUTHORIZATION", "bEARER " + EdgeHarness.Key)]
    [InlineData("Authorization", "Bearer   " + EdgeHarness.Key)]
    [InlineData("x-lb-auth", EdgeHarness.Key)]
    [InlineData("X-LB-Auth", "Bearer " + EdgeHarness.Key)]
    public async Task Send_RightKey_IsLetThroughOnEverySpellingOfTheRoute(string header, string value)
    {
        using var connection = await _edge.ConnectAsync();
        foreach (var path in new[] { "/logs", "/logs/", "/LOGS", "/%6cogs", "/x/../logs", "/logs?x=y" })
        {
            await connection.SendAsync($"GET {path} HTTP/1.1\r\nHost: h\r\n{header}: {value}\r\n\r\n");
            (await connection.ReadAsync()).Status.ShouldBe(200, path);
        }

        (await _edge.SendAsync("POST", "/task", (header, value))).Status.ShouldBe(415);
    }

    [Fact]
    public async Task Send_RightKeyInBothHeaders_IsLetThrough()
    {
        var answer = await _edge.SendAsync(
            "GET", "/logs", ("Authorization", EdgeHarness.Key), ("x-lb-auth", EdgeHarness.Key));

        answer.Status.ShouldBe(200);
    }

    private static void Judge(EdgeAnswer answer, string path, string name)
    {
        if (PublicRoutes.Contains(path))
        {
            answer.Status.ShouldBeOneOf(200, 204, 401, 404, 405);
            answer.Text.ShouldNotContain("workers", Case.Sensitive, name);
        }
        else
        {
            answer.Status.ShouldBeOneOf(401, 404, 405);
        }

        answer.Text.ShouldNotContain("nobody's business", Case.Sensitive, name);
        answer.Text.ShouldNotContain(EdgeHarness.Key, Case.Insensitive, name);
    }

    private static IEnumerable<string> Spellings(string path) =>
    [
        path,
        path + "/",
        path.ToUpperInvariant(),
        string.Create(CultureInfo.InvariantCulture, $"/%{(int)path[1]:x2}{path[2..]}"),
        $"/health/..{path}",
        $"/{path}",
        $"{path}?key={EdgeHarness.Key}&authorization={EdgeHarness.Key}&x-lb-auth={EdgeHarness.Key}",
        path + "/health",
        path + ";/health",
    ];

    private static string Path(RouteEndpoint endpoint) => endpoint.RoutePattern.RawText!;

    private IEnumerable<RouteEndpoint> Endpoints() => ((IEndpointRouteBuilder)_edge.App).DataSources
        .SelectMany(source => source.Endpoints)
        .Cast<RouteEndpoint>();

    /// <summary>A server that never tires of wrong keys, so that each gets its own answer.</summary>
    public sealed class Unlimited : IAsyncLifetime
    {
        internal EdgeHarness Edge { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Edge = await EdgeHarness.StartAsync(
            options => options with { WrongKeysPerMinuteMax = int.MaxValue });

        public ValueTask DisposeAsync() => Edge.DisposeAsync();
    }
}
