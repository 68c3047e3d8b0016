using System.Net;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying;
using ActorBalancer.Api.Proxying.Access;
using ActorBalancer.Api.Proxying.Forwarding;
using ActorBalancer.Api.Proxying.Sticky;
using ActorBalancer.Api.Proxying.Tunnels;
using ActorBalancer.Api.Tests.Proxying.Access;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>A backend that takes an upgrade which the server cannot give to the client.</summary>
public sealed class RefusedUpgradeTests
{
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    [Fact]
    public async Task Upgrade_ThatTheServerRefuses_Is503ForAllWhoAreTold()
    {
        using var backend = new RawBackend(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + $"Sec-WebSocket-Accept: {WebSocketHandshake.AcceptOf(Key)}\r\n\r\n");
        await using var proxy = await ProxyHarness.StartAsync(backend);
        var pool = proxy.Pool;
        var output = new GatedOutput();
        var lines = new AccessLog(output, AccessLogFormat.Json, "web", TimeProvider.System);
        await using var front = await StartAsync(new PoolRoute
        {
            Pool = pool,
            Options = pool.Options,
            Sticky = new StickyClients(pool, pool.Options.Sticky),
            Log = lines,
        });
        using var client = await RawClient.OpenAsync(new Uri(front.Urls.Single()));

        var answer = await client.AskAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + $"Sec-WebSocket-Key: {Key}\r\nSec-WebSocket-Version: 13\r\n\r\n");

        answer.Status.ShouldBe(503);
        answer.Text.ShouldBe("{\"error\":\"The connection could not be upgraded.\"}");
        answer.Header("Sec-WebSocket-Accept").ShouldBeNull();
        await front.StopAsync();
        await lines.DisposeAsync();
        output.Lines.ShouldHaveSingleItem().ShouldContain("\"status\":503,");
        var counts = pool.Backends[0].ReadCounts();
        counts.Answers.Sum().ShouldBe(0);
        counts.Failures[AttemptKind.ClientGone].ShouldBe(1);
        proxy.Active.ShouldBe(0);
    }

    private static async Task<WebApplication> StartAsync(PoolRoute route)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime>(new OwnedLifetime());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var front = builder.Build();
        var forwarder = new Forwarder(TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        front.Run(context => forwarder.InvokeAsync(context, route));
        await front.StartAsync();
        return front;
    }
}
