using ActorBalancer.Api.Proxying;
using ActorBalancer.Api.Proxying.Forwarding;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Api.Tests.Proxying.Sticky;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>What becomes of a fault in the proxy itself.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task Fault_OfTheProxyItself_Is500AndLogsTypeAndStackButNoValues()
    {
        var log = new CollectedLog();
        await using var rig = await PoolRig.StartAsync();
        var route = new PoolRoute { Pool = rig.Pool, Options = rig.Pool.Options, Sticky = null! };
        var context = new DefaultHttpContext();
        context.Features.Set<IConnectionLifetimeFeature>(new FaultyFeature());
        var forwarder = new Forwarder(TimeProvider.System, log.CreateLogger("Proxy"), CancellationToken.None);

        await forwarder.InvokeAsync(context, route);

        context.Response.StatusCode.ShouldBe(500);
        var line = log.Lines.ShouldHaveSingleItem();
        line.ShouldStartWith("Error Proxy 1109 ");
        line.ShouldContain(typeof(InvalidOperationException).FullName!);
        line.ShouldContain($"behind it: {typeof(FormatException).FullName}");
        line.ShouldContain(nameof(FaultyFeature));
        line.ShouldNotContain("value of a request");
    }

    private sealed class FaultyFeature : IConnectionLifetimeFeature
    {
        public CancellationToken ConnectionClosed
        {
            get => throw new InvalidOperationException(
                "value of a request", new FormatException("value of a request"));
            set => throw new NotSupportedException();
        }

        public void Abort()
        {
        }
    }
}
