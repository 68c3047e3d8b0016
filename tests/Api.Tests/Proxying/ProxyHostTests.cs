using System.Net;
using System.Net.Sockets;
using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying;

public sealed class ProxyHostTests : IAsyncLifetime
{
    private readonly ProxyHarness _proxy = new();

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync() => _proxy.DisposeAsync();

    [Fact]
    public async Task Apply_NewPools_ListenAndSaySo()
    {
        await _proxy.ApplyAsync(
            ProxyHarness.Pool("one"), ProxyHarness.Pool("two", ProxyHarness.Loopback with { HeaderBytesMax = 9999 }));

        _proxy.Host.Urls.Count.ShouldBe(2);
        _proxy.Log.Text.ShouldContain($"Proxy pool one listening on {_proxy.Host.Urls[0]}");
        _proxy.Log.Text.ShouldContain($"Proxy pool two listening on {_proxy.Host.Urls[1]}");
        (await _proxy.CallAsync("two", "GET", "/_lb/nothing")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Apply_EveryAddress_ListensOnBothKinds()
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool("any", ProxyHarness.Loopback with { Address = null }));
        var port = _proxy.UrlOf("any").Port;

        foreach (var address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            using var connection = await RawConnection.OpenAsync(new IPEndPoint(address, port));
            await connection.SendAsync("GET /_lb/x HTTP/1.1\r\nHost: x\r\n\r\n");
            (await connection.ReadAsync()).Status.ShouldBe(404);
        }
    }

    [Fact]
    public async Task Apply_NoPoolForTheHost_Is404WithAnError()
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool("one") with { Hosts = ["one.test"] });

        var answer = await _proxy.CallAsync("one", "GET", "/");

        answer.Status.ShouldBe(404);
        answer.Error.ShouldBe("No pool serves this host and path.");
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n")]
    public async Task Request_WithoutARightHost_Is400(string request)
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool("one"));
        using var connection = await _proxy.ConnectAsync("one");

        await connection.SendAsync(request);

        (await connection.ReadAsync()).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Apply_ChangedPools_SwapUnderAnOpenConnection()
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool("one") with { Hosts = ["one.test"] });
        var url = _proxy.UrlOf("one");
        using var connection = await _proxy.ConnectAsync("one");
        await connection.SendAsync("GET /_lb/health?pool=two HTTP/1.1\r\nHost: x\r\n\r\n");
        (await connection.ReadAsync()).Status.ShouldBe(404);

        await _proxy.ApplyAsync(
            ProxyHarness.Pool("one") with { Hosts = ["one.test"] }, ProxyHarness.Pool("two") with { Paths = ["/two"] });

        await connection.SendAsync("GET /_lb/health?pool=two HTTP/1.1\r\nHost: x\r\n\r\n");
        (await connection.ReadAsync()).Status.ShouldBe(200);
        _proxy.UrlOf("two").ShouldBe(url);
    }

    [Fact]
    public async Task Apply_PortTaken_NamesPoolAndPortAndLeavesTheOthers()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var error = await Should.ThrowAsync<IOException>(() => _proxy.ApplyAsync(
            ProxyHarness.Pool("bad", ProxyHarness.Loopback with { Port = port }), ProxyHarness.Pool("good")));

        error.Message.ShouldStartWith($"Proxy pool 'bad' cannot listen on port {port}: ");
        _proxy.Log.Text.ShouldContain(error.Message);
        (await _proxy.CallAsync("good", "GET", "/_lb/x")).Status.ShouldBe(404);
        other.Stop();
        await _proxy.ApplyAsync(
            ProxyHarness.Pool("bad", ProxyHarness.Loopback with { Port = port }), ProxyHarness.Pool("good"));
        (await _proxy.CallAsync("bad", "GET", "/_lb/x")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Apply_ChangedListenerOnItsPort_TakesThePortOver()
    {
        var listener = ProxyHarness.Loopback with { Port = FreePort.Next() };
        await _proxy.ApplyAsync(ProxyHarness.Pool("one", listener));
        using var idle = await _proxy.ConnectAsync("one");

        await _proxy.ApplyAsync(ProxyHarness.Pool("one", listener with { HeaderBytesMax = 1000 }));

        var answer = await _proxy.CallAsync("one", "GET", "/_lb/x", ("Long", new string('x', 1000)));
        answer.Status.ShouldBe(431);
        _proxy.Host.Urls.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Apply_NewPortTaken_ThePoolGoesOnWhereItWas()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = ProxyHarness.Loopback with { Port = ((IPEndPoint)other.LocalEndpoint).Port };
        await _proxy.ApplyAsync(ProxyHarness.Pool("one"), ProxyHarness.Pool("two") with { Hosts = ["two.test"] });
        var url = _proxy.UrlOf("one");
        using var idle = await _proxy.ConnectAsync("one");

        var error = await Should.ThrowAsync<PartlyAppliedException>(() => _proxy.ApplyAsync(
            ProxyHarness.Pool("one", taken), ProxyHarness.Pool("three", taken) with { Hosts = ["three.test"] }));

        error.Message.ShouldStartWith($"Proxy pool 'one', 'three' cannot listen on port {taken.Port}: ");
        error.Message.ShouldEndWith($". 'one' goes on at http://127.0.0.1:{url.Port}");
        _proxy.UrlOf("one").ShouldBe(url);
        _proxy.Host.Listeners.ShouldHaveSingleItem().Pools.ShouldHaveSingleItem().Options.Name.ShouldBe("one");
        await idle.SendAsync("GET /_lb/x HTTP/1.1\r\nHost: x\r\n\r\n");
        (await idle.ReadAsync()).Status.ShouldBe(404);

        other.Stop();
        await _proxy.ApplyAsync(ProxyHarness.Pool("one", taken));
        _proxy.UrlOf("one").Port.ShouldBe(taken.Port);
        (await _proxy.CallAsync("one", "GET", "/_lb/x")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public async Task Apply_EveryAddressInPlaceOfOne_TakesThePortOverAndBack(string every)
    {
        var one = ProxyHarness.Loopback with { Port = FreePort.Next() };
        await _proxy.ApplyAsync(ProxyHarness.Pool("one", one));

        await _proxy.ApplyAsync(ProxyHarness.Pool("one", one with { Address = IPAddress.Parse(every) }));
        (await _proxy.CallAsync("one", "GET", "/_lb/x")).Status.ShouldBe(404);
        _proxy.Host.Listeners.ShouldHaveSingleItem().Options.Address.ShouldBe(IPAddress.Parse(every));

        await _proxy.ApplyAsync(ProxyHarness.Pool("one", one));
        (await _proxy.CallAsync("one", "GET", "/_lb/x")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Apply_PortThatCannotBeTakenOver_TheOldListenerStartsAgain()
    {
        var one = ProxyHarness.Loopback with { Port = FreePort.Next() };
        using var other = new TcpListener(IPAddress.Parse("127.0.0.2"), one.Port);
        other.Start();
        await _proxy.ApplyAsync(ProxyHarness.Pool("one", one), ProxyHarness.Pool("two", one) with { Paths = ["/two"] });

        var every = one with { Address = IPAddress.Any };
        var error = await Should.ThrowAsync<PartlyAppliedException>(() => _proxy.ApplyAsync(
            ProxyHarness.Pool("one", every), ProxyHarness.Pool("two", every) with { Paths = ["/two"] }));

        error.Message.ShouldEndWith($". 'one', 'two' goes on at http://127.0.0.1:{one.Port}");
        var again = _proxy.Host.Listeners.ShouldHaveSingleItem();
        again.Options.ShouldBe(one);
        again.Pools.ShouldAllBe(static pool => pool.Options.Listener.Address!.Equals(IPAddress.Loopback));
        (await _proxy.CallAsync("one", "GET", "/_lb/health?pool=two")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Apply_PortOfAPoolThatCannotMove_IsNotTakenFromIt()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = ProxyHarness.Loopback with { Port = ((IPEndPoint)other.LocalEndpoint).Port };
        var own = ProxyHarness.Loopback with { Port = FreePort.Next() };
        await _proxy.ApplyAsync(ProxyHarness.Pool("one", own));

        var error = await Should.ThrowAsync<PartlyAppliedException>(() => _proxy.ApplyAsync(
            ProxyHarness.Pool("new", own with { HeaderBytesMax = 9999 }), ProxyHarness.Pool("one", taken)));

        error.Faults.Count.ShouldBe(2);
        _proxy.UrlOf("one").Port.ShouldBe(own.Port);
        (await _proxy.CallAsync("one", "GET", "/_lb/health?pool=one")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Apply_PoolGone_ItsPortIsFree()
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool("one"), ProxyHarness.Pool(
            "two", ProxyHarness.Loopback with { HeaderBytesMax = 9999 }));
        var gone = _proxy.Host.Listeners[1];
        var port = _proxy.UrlOf("two").Port;

        await _proxy.ApplyAsync(ProxyHarness.Pool("one"));

        _proxy.Host.Urls.ShouldHaveSingleItem();
        await gone.Unbound.WaitAsync(Testing.TestSignal.Guard);
        using var next = new TcpListener(IPAddress.Loopback, port);
        next.Start();
    }

    [Fact]
    public async Task Stop_OpenConnections_AreClosedAndNothingIsTakenAnyMore()
    {
        await _proxy.ApplyAsync(ProxyHarness.Pool("one"));
        using var idle = await _proxy.ConnectAsync("one");

        await _proxy.Host.StopAsync(CancellationToken.None);
        await _proxy.Host.StopAsync(CancellationToken.None);

        _proxy.Host.Urls.ShouldBeEmpty();
        await Should.ThrowAsync<ObjectDisposedException>(() => _proxy.ApplyAsync(ProxyHarness.Pool("one")));
    }
}
