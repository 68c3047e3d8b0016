using System.Text;
using ActorBalancer.Api.Proxying.Tunnels;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Tunnels;

/// <summary>What passes through a tunnel between two sockets, and how it ends.</summary>
public sealed class TunnelRunTests : IAsyncLifetime
{
    private static readonly byte[] Hello = Encoding.ASCII.GetBytes("hello");

    private readonly ManualTimeProvider _time = new();
    private SocketPair _client = null!;
    private SocketPair _backend = null!;
    private TunnelRun? _run;

    public async ValueTask InitializeAsync()
    {
        _client = await SocketPair.OpenAsync();
        _backend = await SocketPair.OpenAsync();
    }

    public ValueTask DisposeAsync()
    {
        _run?.Dispose();
        _client.Dispose();
        _backend.Dispose();
        return default;
    }

    [Fact]
    public async Task RunAsync_FramesBothWays_PassUnchangedAndAreCounted()
    {
        var run = Start(out var done);
        var asked = Frames.Make(Frames.Text, Hello, isMasked: true);
        var answer = Frames.Make(Frames.Binary, new byte[70_000], isMasked: false);

        await _client.Far.WriteAsync(asked);
        (await Frames.ReadAsync(_backend.Far, asked.Length)).ShouldBe(asked);
        await _backend.Far.WriteAsync(answer);
        (await Frames.ReadAsync(_client.Far, answer.Length)).ShouldBe(answer);
        await SayGoodbyesAsync();

        (await done).ShouldBeTrue();
        run.InCount.ShouldBe(asked.Length + 8);
        run.OutCount.ShouldBe(answer.Length + 4);
    }

    [Fact]
    public async Task RunAsync_OneByteAtATime_PassesEachFrameOnce()
    {
        Start(out var done);
        var frame = Frames.Make(Frames.Text, Hello, isMasked: true);

        foreach (var one in frame)
            await _client.Far.WriteAsync(new[] { one });

        (await Frames.ReadAsync(_backend.Far, frame.Length)).ShouldBe(frame);
        await SayGoodbyesAsync();
        await done;
    }

    [Fact]
    public async Task SayGoodbye_Idle_SendsGoingAwayToBothAndEnds()
    {
        var run = Start(out var done);

        run.SayGoodbye();

        await Frames.ShouldBeCloseAsync(_client.Far, 1001);
        await Frames.ShouldBeCloseAsync(_backend.Far, 1001);
        await _client.Far.WriteAsync(Frames.CloseOf(1001, isMasked: true));
        await _backend.Far.WriteAsync(Frames.CloseOf(1001, isMasked: false));
        (await done).ShouldBeTrue();
        (run.InCount, run.OutCount).ShouldBe((0, 0));
    }

    [Fact]
    public async Task SayGoodbye_PeersThatDoNotAnswer_EndsAfterASecond()
    {
        var run = Start(out var done);

        run.SayGoodbye();
        await Frames.ShouldBeCloseAsync(_client.Far, 1001);
        await Frames.ShouldBeCloseAsync(_backend.Far, 1001);
        await EndAfterAsync(TunnelRun.CloseTime, done);

        (await Frames.ReadToEndAsync(_backend.Far)).ShouldBe(0);
    }

    [Fact]
    public async Task SayGoodbye_InTheMiddleOfAFrame_WaitsForItsBorder()
    {
        var run = Start(out var done);
        var frame = Frames.Make(Frames.Binary, new byte[100], isMasked: false);
        await _backend.Far.WriteAsync(frame.AsMemory(..50));
        await Frames.ReadAsync(_client.Far, 50);

        run.SayGoodbye();
        await Frames.ShouldBeCloseAsync(_backend.Far, 1001);
        await _backend.Far.WriteAsync(frame.AsMemory(50..));

        await Frames.ReadAsync(_client.Far, 52);
        await Frames.ShouldBeCloseAsync(_client.Far, 1001);
        await _backend.Far.WriteAsync(Frames.CloseOf(1001, isMasked: false));
        await _client.Far.WriteAsync(Frames.CloseOf(1001, isMasked: true));
        (await done).ShouldBeTrue();
    }

    [Fact]
    public async Task SayGoodbye_HalfAHeadHasCome_IsABorderNevertheless()
    {
        var run = Start(out var done);
        var frame = Frames.Make(Frames.Binary, new byte[200], isMasked: false);
        await _backend.Far.WriteAsync(frame);
        await _backend.Far.WriteAsync(frame.AsMemory(..3));
        await Frames.ReadAsync(_client.Far, frame.Length);

        run.SayGoodbye();

        await Frames.ShouldBeCloseAsync(_client.Far, 1001);
        await Frames.ShouldBeCloseAsync(_backend.Far, 1001);
        await EndAfterAsync(TunnelRun.CloseTime, done);
    }

    [Fact]
    public async Task SayGoodbye_NoBorderWithinASecond_JustEnds()
    {
        var run = Start(out var done);
        await _backend.Far.WriteAsync(Frames.Head(Frames.Binary, 100, isMasked: false));
        await Frames.ReadAsync(_client.Far, 2);

        run.SayGoodbye();
        await Frames.ShouldBeCloseAsync(_backend.Far, 1001);
        await EndAfterAsync(TunnelRun.CloseTime, done);

        _client.Near.Dispose();
        (await Frames.ReadToEndAsync(_client.Far)).ShouldBe(0);
    }

    [Fact]
    public async Task RunAsync_NothingForTheIdleTime_GoesAway()
    {
        Start(out var done, idleMax: TimeSpan.FromMinutes(5));
        _time.Advance(TimeSpan.FromMinutes(4));
        await _client.Far.WriteAsync(Frames.Make(Frames.Ping, [], isMasked: true));
        await Frames.ReadAsync(_backend.Far, 6);

        _time.Advance(TimeSpan.FromMinutes(4));
        done.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromMinutes(1));

        await Frames.ShouldBeCloseAsync(_client.Far, 1001);
        await Frames.ShouldBeCloseAsync(_backend.Far, 1001);
        await EndAfterAsync(TunnelRun.CloseTime, done);
    }

    [Fact]
    public async Task RunAsync_MessageBeyondTheLimit_TellsTheClientAndEndsTheBackend()
    {
        Start(out var done, messageMax: 100);
        var first = Frames.Make(Frames.Binary, new byte[60], isMasked: true, isFinal: false);
        var second = Frames.Make(Frames.Continuation, new byte[60], isMasked: true);

        await _client.Far.WriteAsync(first);
        await _client.Far.WriteAsync(second);

        await Frames.ShouldBeCloseAsync(_client.Far, 1009);
        await Frames.ReadAsync(_backend.Far, first.Length);
        await Frames.ShouldBeCloseAsync(_backend.Far, 1001);
        _backend.EndFar();
        _client.EndFar();
        (await done).ShouldBeTrue();
        (await Frames.ReadToEndAsync(_backend.Far)).ShouldBe(0);
    }

    [Fact]
    public async Task RunAsync_MessageOfAGigabyte_IsDroppedWhileTheClientIsTold()
    {
        Start(out var done, messageMax: 1 << 20);
        await _client.Far.WriteAsync(Frames.Head(Frames.Binary, 1L << 30, isMasked: true));
        await _client.Far.WriteAsync(new byte[1 << 20]);

        await Frames.ShouldBeCloseAsync(_client.Far, 1009);
        await Frames.ShouldBeCloseAsync(_backend.Far, 1001);
        await EndAfterAsync(TunnelRun.CloseTime, done);
    }

    [Fact]
    public async Task RunAsync_UnmaskedFrameOfAClient_IsAProtocolError()
    {
        Start(out var done);

        await _client.Far.WriteAsync(Frames.Make(Frames.Text, Hello, isMasked: false));

        await Frames.ShouldBeCloseAsync(_client.Far, 1002);
        await Frames.ShouldBeCloseAsync(_backend.Far, 1001);
        _backend.EndFar();
        _client.EndFar();
        await done;
    }

    [Fact]
    public async Task RunAsync_ImpossibleFrameOfABackend_IsItsFault()
    {
        Start(out var done);

        await _backend.Far.WriteAsync(Frames.Head(Frames.Binary, -1, isMasked: false, form: 127));

        await Frames.ShouldBeCloseAsync(_client.Far, 1011);
        await Frames.ShouldBeCloseAsync(_backend.Far, 1002);
        _client.EndFar();
        await done;
    }

    [Fact]
    public async Task RunAsync_BackendAnswersTheCloseLate_StillPassesWhatItSends()
    {
        Start(out var done);
        await _client.Far.WriteAsync(Frames.CloseOf(1000, isMasked: true));
        await Frames.ShouldBeCloseAsync(_backend.Far, 1000);

        await _time.WaitForTimerAsync(TunnelRun.ReplyTime);
        _time.Advance(TimeSpan.FromSeconds(5));
        await _backend.Far.WriteAsync(Frames.Make(Frames.Text, Hello, isMasked: false));
        await _backend.Far.WriteAsync(Frames.CloseOf(1000, isMasked: false));

        (await Frames.ReadAsync(_client.Far)).Payload.ShouldBe(Hello);
        await Frames.ShouldBeCloseAsync(_client.Far, 1000);
        (await done).ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_OneSideEndsItsStream_LetsTheOtherFinishShortly(bool isClient)
    {
        Start(out var done);
        var (ending, other) = isClient ? (_client, _backend) : (_backend, _client);
        ending.EndFar();
        await _time.WaitForTimerAsync(TunnelRun.CloseTime);

        await other.Far.WriteAsync(Frames.Make(Frames.Text, Hello, isMasked: !isClient));

        (await Frames.ReadAsync(ending.Far)).Payload.ShouldBe(Hello);
        await EndAfterAsync(TunnelRun.CloseTime, done);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_OneSideIsReset_EndsAtOnce(bool isClient)
    {
        Start(out var done);

        (isClient ? _client : _backend).ResetFar();

        await done.WaitAsync(TestSignal.Guard);
    }

    [Fact]
    public async Task RunAsync_ClientThatDoesNotRead_IsCutAtTheEnd()
    {
        using var client = new StuckStream();
        using var run = new TunnelRun(client, _backend.Near, TimeSpan.Zero, 0, _time);
        var done = run.RunAsync();
        await _backend.Far.WriteAsync(Frames.Make(Frames.Text, Hello, isMasked: false));
        await client.FirstWrite.WaitAsync();

        run.SayGoodbye();

        (await EndAfterAsync(TunnelRun.CloseTime, done)).ShouldBeFalse();
    }

    [Fact]
    public async Task RunAsync_Idle_WaitsWithoutABuffer()
    {
        using var source = new ReadSizes();
        using var run = new TunnelRun(source, _backend.Near, TimeSpan.Zero, 0, _time);
        var done = run.RunAsync();

        await source.FirstRead.WaitAsync();
        source.Sizes.ShouldBe([0]);
        _backend.ResetFar();

        await done.WaitAsync(TestSignal.Guard);
        _time.ActiveTimers.ShouldBe(0);
    }

    private TunnelRun Start(out Task<bool> done, TimeSpan idleMax = default, long messageMax = 0)
    {
        _run = new TunnelRun(_client.Near, _backend.Near, idleMax, messageMax, _time);
        done = _run.RunAsync();
        return _run;
    }

    private async Task<bool> EndAfterAsync(TimeSpan wait, Task<bool> done)
    {
        await _time.WaitForTimerAsync(wait);
        _time.Advance(wait);
        return await done.WaitAsync(TestSignal.Guard);
    }

    private async Task SayGoodbyesAsync()
    {
        await _client.Far.WriteAsync(Frames.CloseOf(1000, isMasked: true));
        await Frames.ShouldBeCloseAsync(_backend.Far, 1000);
        await _backend.Far.WriteAsync(Frames.CloseOf(1000, isMasked: false));
        await Frames.ShouldBeCloseAsync(_client.Far, 1000);
    }

    /// <summary>A quiet client that notes how large the buffers are that are held ready for it.</summary>
    private sealed class ReadSizes : MemoryStream
    {
        public TestSignal FirstRead { get; } = new("the first read");

        public List<int> Sizes { get; } = [];

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Sizes.Add(buffer.Length);
            FirstRead.Set();
            await CancelledAsync(cancellationToken);
            return 0;
        }
    }

    /// <summary>A quiet client that takes nothing.</summary>
    private sealed class StuckStream : MemoryStream
    {
        public TestSignal FirstWrite { get; } = new("the first write");

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await CancelledAsync(cancellationToken);
            return 0;
        }

        public override async ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            FirstWrite.Set();
            await CancelledAsync(cancellationToken);
        }
    }

    private static async Task CancelledAsync(CancellationToken cancellationToken)
    {
        var never = new TaskCompletionSource();
        await using var end = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
        await never.Task;
    }
}
