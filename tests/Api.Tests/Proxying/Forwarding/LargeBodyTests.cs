using ActorBalancer.Engine.Proxying.Options;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>Bodies that are far larger than what may be held of them.</summary>
[Collection(Alone.Name)]
public sealed class LargeBodyTests
{
    /// <summary>Bodies are passed on as fast as the slower side takes them; nothing is kept.</summary>
    [Theory]
    [InlineData(200)]
    public async Task LargeBodies_BothWays_KeepMemoryFlat(int megabytes)
    {
        var block = new byte[1024 * 1024];
        using var backend = new RawBackend(
            async exchange =>
            {
                for (var i = 0; i < megabytes; i++)
                    (await exchange.Reader.SkipAsync(block.Length)).ShouldBeTrue();
                await exchange.SendAsync(
                    $"HTTP/1.1 200 OK\r\nContent-Length: {(long)megabytes * block.Length}\r\n\r\n");
                for (var i = 0; i < megabytes; i++)
                    await exchange.SendAsync(block);
            },
            readsBodies: false);
        await using var proxy = await ProxyHarness.StartAsync(
            pool => pool with { Limits = new LimitOptions { RequestBodyMax = 0 } }, backend);
        using var client = await proxy.ConnectAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await client.SendAsync(
            $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {(long)megabytes * block.Length}\r\n\r\n");
        for (var i = 0; i < megabytes; i++)
            await client.SendAsync(block);
        await client.Reader.ReadHeadAsync();
        for (var i = 0; i < megabytes; i++)
            (await client.Reader.SkipAsync(block.Length)).ShouldBeTrue();

        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(20 * 1024 * 1024);
        await proxy.DrainedAsync();
    }
}
