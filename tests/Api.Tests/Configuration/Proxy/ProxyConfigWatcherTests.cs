using System.Threading.Channels;
using ActorBalancer.Actors;
using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration.Proxy;

public sealed class ProxyConfigWatcherTests : IAsyncDisposable
{
    private readonly ProxyConfigProbe _probe = new();
    private readonly ManualTimeProvider _time = new();
    private readonly EventStream _events = new();
    private readonly Channel<ProxyOptions> _changes = Channel.CreateUnbounded<ProxyOptions>();
    private readonly Channel<Alert> _alerts = Channel.CreateUnbounded<Alert>();
    private readonly CollectedLog _log = new();
    private ProxyConfigWatcher? _watcher;
    private Func<ProxyOptions, CancellationToken, ValueTask> _changed;

    public ProxyConfigWatcherTests()
    {
        _changed = (options, _) => _changes.Writer.WriteAsync(options, CancellationToken.None);
        _events.Subscribe<Alert>(alert => _alerts.Writer.TryWrite(alert));
    }

    public async ValueTask DisposeAsync()
    {
        if (_watcher is not null)
            await _watcher.DisposeAsync();
        _probe.Dispose();
    }

    [Fact]
    public async Task LoadAsync_WrongFile_NamesEveryFault()
    {
        _probe.Write("c.json", """{"port": -1, "backends": []}""");

        var fault = await Should.ThrowAsync<ProxyConfigException>(Watch("c.json").LoadAsync(CancellationToken.None));

        fault.Errors.Count.ShouldBe(2);
        fault.Message.ShouldContain("port: '-1'");
    }

    [Fact]
    public async Task Change_OfTheFile_IsTakenOverAfterARest()
    {
        var first = await StartAsync("c.json", Stick(1));
        first.Pools[0].Backends[0].Weight.ShouldBe(1);

        _probe.Write("c.json", Stick(2));

        (await NextAsync()).Pools[0].Backends[0].Weight.ShouldBe(2);
    }

    [Fact]
    public async Task Change_ByAnEditorThatReplacesTheFile_IsSeen()
    {
        await StartAsync("c.json", Stick(1));

        _probe.Write("c.json.new", Stick(3));
        File.Move(_probe.Combine("c.json.new"), _probe.Combine("c.json"), overwrite: true);

        (await NextAsync()).Pools[0].Backends[0].Weight.ShouldBe(3);
    }

    [Fact]
    public async Task Change_InSeveralSteps_IsReadWhenItRests()
    {
        await StartAsync("c.json", Stick(1));

        _probe.Write("c.json", "{\"port\": ");
        await _time.WaitForTimerAsync(ProxyConfigWatcher.Rest);
        _probe.Write("c.json", Stick(4));
        _time.Advance(ProxyConfigWatcher.Rest);

        (await NextAsync()).Pools[0].Backends[0].Weight.ShouldBe(4);
        _alerts.Reader.TryPeek(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Change_ToAWrongFile_KeepsTheOldOneAndSaysWhyOnce()
    {
        await StartAsync("c.json", Stick(1));

        _probe.Write("c.json", """{"port": 1, "backends": [{"id": 1, "url": "http://a", "weight": 0}, {}]}""");

        var alert = await NextAlertAsync();
        alert.Kind.ShouldBe(AlertKind.ReloadRefused);
        alert.Reason.ShouldBe(
            "backends[0].weight: '0' (c.json, line 1) is out of range; allowed: 1 to 1000 (and 2 more faults)");
        _changes.Reader.TryPeek(out _).ShouldBeFalse();

        // Looked at again, it is the same fault.
        _time.Advance(ProxyConfigWatcher.LookInterval);
        _probe.Write("c.json", Stick(5));

        (await NextAsync()).Pools[0].Backends[0].Weight.ShouldBe(5);
        _alerts.Reader.TryPeek(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Change_ThatCannotBeMadeToCount_IsRefusedToo()
    {
        _changed = (_, _) => throw new IOException("port 80 is taken");
        await StartAsync("c.json", Stick(1));

        _probe.Write("c.json", Stick(2));

        (await NextAlertAsync()).Reason.ShouldBe("port 80 is taken");
    }

    [Fact]
    public async Task Change_ThatCountsInPart_SaysWhatItLeftOut()
    {
        _changed = (_, _) => throw new PartlyAppliedException(["Port 80 is taken.", "Port 81 too."]);
        await StartAsync("c.json", Stick(1));

        _probe.Write("c.json", Stick(2));

        (await NextAlertAsync()).Reason.ShouldBe("it is applied, except: Port 80 is taken. (and 1 more faults)");
        _log.Text.ShouldContain("has changed: 1 pools now");
        _log.Text.ShouldContain("is applied, except: Port 80 is taken.");
        _log.Text.ShouldContain("is applied, except: Port 81 too.");
        _log.Text.ShouldNotContain("is refused");
    }

    [Fact]
    public async Task Change_OfAnIncludedFileOrASecret_IsSeen()
    {
        _probe.Write("pool.conf", "backends.a { url = \"http://a\", weight = 1 }").Write("s", "0123456789abcdef");
        await StartAsync(null, """
            actorbalancer.proxy.pools.p { include "pool.conf", listen.port = 80
              sticky { by = signed-cookie, secrets-file = s } }
            """);

        _probe.Write("pool.conf", "backends.a { url = \"http://a\", weight = 2 }");

        (await NextAsync()).Pools[0].Backends[0].Weight.ShouldBe(2);

        _probe.Write("s", "fedcba9876543210");

        (await NextAsync()).Pools[0].Sticky.Secrets.ShouldBe(["fedcba9876543210"]);
    }

    [Fact]
    public async Task Change_OfAFileThatWasMissing_IsSeen()
    {
        await StartAsync(null, """
            actorbalancer.proxy.pools.p { listen.port = 80, backends.a { url = "http://a" } }
            include "later.conf"
            """);

        _probe.Write("later.conf", "actorbalancer.proxy.pools.p.strategy = random");

        (await NextAsync()).Pools[0].Strategy.ShouldBe("random");
    }

    [Fact]
    public async Task Start_FileThatChangedSinceTheLoad_IsSeen()
    {
        _probe.Write("c.json", Stick(1));
        var watcher = Watch("c.json");
        await watcher.LoadAsync(CancellationToken.None);
        _probe.Write("c.json", Stick(6));

        watcher.Start(_changed);

        (await NextAsync()).Pools[0].Backends[0].Weight.ShouldBe(6);
    }

    [Fact]
    public async Task Touch_WithoutAChange_DoesNothing()
    {
        await StartAsync("c.json", Stick(1));

        _probe.Write("c.json", Stick(1));
        _time.Advance(ProxyConfigWatcher.LookInterval);
        _probe.Write("c.json", Stick(2));

        (await NextAsync()).Pools[0].Backends[0].Weight.ShouldBe(2);
        _changes.Reader.TryPeek(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Dispose_Started_Ends()
    {
        await StartAsync("c.json", Stick(1));

        await _watcher!.DisposeAsync().AsTask().WaitAsync(TestSignal.Guard);
        await _watcher.DisposeAsync();

        _time.ActiveTimers.ShouldBe(0);
    }

    private static string Stick(int weight) =>
        $$"""{"port": 80, "backends": [{"id": 1, "url": "http://a", "weight": {{weight}} }]}""";

    private ProxyConfigWatcher Watch(string? config) =>
        _watcher = new(_probe.Source(config, config is null ? "app.conf" : null), "key", _time, _log.CreateLogger("test"), _events);

    private async Task<ProxyOptions> StartAsync(string? config, string text)
    {
        _probe.Write(config ?? "app.conf", text);
        var watcher = Watch(config);
        var options = await watcher.LoadAsync(CancellationToken.None);
        watcher.Start(_changed);
        return options;
    }

    private Task<ProxyOptions> NextAsync() => RestUntilAsync(_changes.Reader.ReadAsync().AsTask());

    private Task<Alert> NextAlertAsync() => RestUntilAsync(_alerts.Reader.ReadAsync().AsTask());

    // A file that is written may be seen in the middle of it and then has to rest once more.
    private async Task<T> RestUntilAsync<T>(Task<T> next)
    {
        while (!next.IsCompleted)
        {
            await Task.WhenAny(next, _time.WaitForTimerAsync(ProxyConfigWatcher.Rest));
            if (!next.IsCompleted)
                _time.Advance(ProxyConfigWatcher.Rest);
        }

        return await next;
    }
}
