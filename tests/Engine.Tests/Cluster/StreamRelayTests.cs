using System.Text;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

/// <summary>The two ends of a stream between nodes, over messages that can be lost.</summary>
public sealed class StreamRelayTests : IAsyncDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private readonly ManualTimeProvider _time = new();
    private readonly MemorySharedStore _runner;
    private readonly MemorySharedStore _reader;
    private readonly CallerTable _callers = new();
    private readonly StreamRelay _sending;
    private readonly StreamRelay _reading;
    private readonly ScriptedStream _worker = new();
    private readonly TaskId _id = new(Guid.NewGuid());

    public StreamRelayTests()
    {
        var memory = new SharedMemory(_time);
        _runner = memory.AddNode("runner");
        _reader = memory.AddNode("reader");
        _sending = new StreamRelay(_runner, new CallerTable(), _time, Silence, NullLogger.Instance);
        _reading = new StreamRelay(_reader, _callers, _time, Silence, NullLogger.Instance);
        _runner.News = _runner.News with { MessageReceived = _sending.Receive };
        _reader.News = _reader.News with { MessageReceived = _reading.Receive };
    }

    [Fact]
    public async Task Send_WholeAnswer_ComesByteForByteWithItsHead()
    {
        using var outcome = await OpenAsync();
        outcome.Kind.ShouldBe(TaskOutcomeKind.Streaming);
        outcome.Attempts.ShouldBe(2);
        outcome.WorkerStatus.ShouldBe(206);
        outcome.Stream!.Status.ShouldBe(206);
        outcome.Stream.ContentType.ShouldBe("text/plain; charset=utf-8");

        var sent = new byte[1_000_000];
        Random.Shared.NextBytes(sent);
        _worker.Write(sent);
        _worker.End();

        (await ReadToEndAsync(outcome.Stream)).ShouldBe(sent);
        await _worker.Disposed.WaitAsync(TestSignal.Guard);
        _sending.Count.ShouldBe(0);
        _reading.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Send_EmptyAnswer_EndsAtOnce()
    {
        using var outcome = await OpenAsync();
        _worker.End();

        (await ReadToEndAsync(outcome.Stream!)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Send_ReaderDoesNotRead_WorkerIsReadNoFurtherThanTheWindow()
    {
        using var outcome = await OpenAsync();
        _worker.Write(new byte[StreamRelay.Window * 4]);
        _worker.End();

        await _worker.WaitForReadAsync(StreamRelay.Window);
        await PassAsync(Silence * 2);
        _worker.BytesRead.ShouldBe(StreamRelay.Window);

        (await ReadToEndAsync(outcome.Stream!)).Length.ShouldBe(StreamRelay.Window * 4);
    }

    [Fact]
    public async Task Send_CreditIsLost_TheNextBeatBringsIt()
    {
        using var outcome = await OpenAsync();
        _reader.LosesMessage = static message => message.Span[1] == (byte)RelayKind.Credit;
        _worker.Write(new byte[StreamRelay.Window * 2]);
        _worker.End();
        var buffer = new byte[StreamRelay.Window];
        await outcome.Stream!.ReadExactlyAsync(buffer);
        _worker.BytesRead.ShouldBe(StreamRelay.Window);

        _reader.LosesMessage = static _ => false;
        var rest = ReadToEndAsync(outcome.Stream!);
        _time.Advance(Silence / 2);

        (await rest).Length.ShouldBe(StreamRelay.Window);
    }

    [Fact]
    public async Task Send_PartIsLost_ReaderSeesAFaultAndTheWorkersCallEnds()
    {
        using var outcome = await OpenAsync();
        _worker.Write("one "u8.ToArray());
        (await ReadAsync(outcome.Stream!)).ShouldBe("one ");
        var lost = LosePart();
        _worker.Write("two "u8.ToArray());
        await lost.WaitAsync();
        _runner.LosesMessage = static _ => false;
        _worker.Write("three"u8.ToArray());

        var fault = await Should.ThrowAsync<IOException>(() => ReadToEndAsync(outcome.Stream!));
        fault.Message.ShouldBe("a part of the answer was lost between the nodes");
        await _worker.Disposed.WaitAsync(TestSignal.Guard);
    }

    [Fact]
    public async Task Send_LastPartIsLost_TheNextBeatShowsIt()
    {
        using var outcome = await OpenAsync();
        var lost = LosePart();
        _worker.Write("lost"u8.ToArray());
        await lost.WaitAsync();
        var read = ReadToEndAsync(outcome.Stream!);
        _time.Advance(Silence / 2);

        (await Should.ThrowAsync<IOException>(() => read)).Message
            .ShouldBe("a part of the answer was lost between the nodes");
    }

    [Fact]
    public async Task Send_EndIsLost_ReaderNeverSeesACleanEnd()
    {
        using var outcome = await OpenAsync();
        _runner.LosesMessage = static message => message.Span[1] == (byte)RelayKind.End;
        _worker.Write("whole"u8.ToArray());
        _worker.End();
        (await ReadAsync(outcome.Stream!)).ShouldBe("whole");
        await _worker.Disposed.WaitAsync(TestSignal.Guard);

        var read = ReadToEndAsync(outcome.Stream!);
        _time.Advance(Silence * 2);

        (await Should.ThrowAsync<IOException>(() => read)).Message.ShouldBe("the node that runs the task is silent");
    }

    [Fact]
    public async Task Break_WorkerBreaksOff_ReaderGetsWhatCameAndThenTheFault()
    {
        using var outcome = await OpenAsync();
        _worker.Write("half"u8.ToArray());
        await _worker.WaitForReadAsync(4);
        _worker.Break("the worker has gone");

        (await ReadAsync(outcome.Stream!)).ShouldBe("half");
        (await Should.ThrowAsync<IOException>(() => ReadToEndAsync(outcome.Stream!))).Message
            .ShouldBe("the worker has gone");
        _reading.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Break_RunnersNodeIsCutOff_ReaderSeesAFault()
    {
        using var outcome = await OpenAsync();
        var read = ReadToEndAsync(outcome.Stream!);
        _runner.Cut();

        _time.Advance(Silence * 2);

        await Should.ThrowAsync<IOException>(() => read);
        _reading.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Break_ReadersNodeIsCutOff_WorkersCallEnds()
    {
        using var outcome = await OpenAsync();
        _reader.Cut();

        _time.Advance(Silence * 2);

        await _worker.Disposed.WaitAsync(TestSignal.Guard);
    }

    [Fact]
    public async Task Leave_ReaderDisposes_WorkersCallEnds()
    {
        var outcome = await OpenAsync();

        outcome.Dispose();

        await _worker.Disposed.WaitAsync(TestSignal.Guard);
        _reading.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Leave_ReadIsCancelled_WorkersCallEnds()
    {
        using var outcome = await OpenAsync();
        using var leaving = new CancellationTokenSource();
        var read = outcome.Stream!.ReadAsync(new byte[10], leaving.Token).AsTask();

        await leaving.CancelAsync();

        await Should.ThrowAsync<IOException>(() => read);
        await _worker.Disposed.WaitAsync(TestSignal.Guard);
    }

    [Fact]
    public async Task Open_NobodyWaits_WorkersCallEnds()
    {
        await _runner.OpenAsync(CancellationToken.None);
        await _reader.OpenAsync(CancellationToken.None);

        _sending.Send(_reader.Node, 7, Outcome());

        await _worker.Disposed.WaitAsync(TestSignal.Guard);
        _reading.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Open_ReaderIsNotThere_WorkersCallEndsAfterTheSilence()
    {
        await _runner.OpenAsync(CancellationToken.None);

        _sending.Send("nobody.1", 7, Outcome());
        _worker.Write("never read"u8.ToArray());
        await _worker.WaitForReadAsync(10);
        _time.Advance(Silence * 2);

        await _worker.Disposed.WaitAsync(TestSignal.Guard);
    }

    [Fact]
    public async Task Idle_WorkerIsSilentForLong_StreamLives()
    {
        using var outcome = await OpenAsync();
        await PassAsync(Silence * 15);

        _worker.Write("late"u8.ToArray());
        _worker.End();

        Encoding.UTF8.GetString(await ReadToEndAsync(outcome.Stream!)).ShouldBe("late");
    }

    [Fact]
    public async Task Receive_Garbage_IsDropped()
    {
        using var outcome = await OpenAsync();

        _reading.Receive(Array.Empty<byte>());
        _reading.Receive(new byte[RelayMessage.HeadBytes]);
        _reading.Receive(RelayMessage.Make(RelayKind.Open, new StreamKey(_id, 8), 0, "?"u8));
        _worker.End();

        (await ReadToEndAsync(outcome.Stream!)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Dispose_NodeStops_BothEndsAreBroken()
    {
        using var outcome = await OpenAsync();

        _reading.Dispose();
        _sending.Dispose();

        await Should.ThrowAsync<IOException>(() => ReadToEndAsync(outcome.Stream!));
        await _worker.Disposed.WaitAsync(TestSignal.Guard);
    }

    public async ValueTask DisposeAsync()
    {
        _sending.Dispose();
        _reading.Dispose();
        await _runner.DisposeAsync();
        await _reader.DisposeAsync();
    }

    private async Task<TaskOutcome> OpenAsync()
    {
        await _runner.OpenAsync(CancellationToken.None);
        await _reader.OpenAsync(CancellationToken.None);
        var wait = new CallerWait(
            new QueuedTask
            {
                Id = _id,
                Queue = ClusterHarness.Queue,
                Function = "hello",
                Priority = 1,
                CreatedAtMilliseconds = 1,
                Durability = TaskDurability.WriteBehind,
                BodyBytes = 0,
            },
            long.MaxValue);
        _callers.Add(wait);
        _sending.Send(_reader.Node, 7, Outcome());
        return await wait.Outcome.AsTask().WaitAsync(TestSignal.Guard);
    }

    // From now on; set when the first one, which counts as sent, is lost.
    private TestSignal LosePart()
    {
        var lost = new TestSignal("a part that is lost");
        _runner.LosesMessage = message =>
        {
            if (message.Span[1] != (byte)RelayKind.Part)
                return false;
            lost.Set();
            return true;
        };
        return lost;
    }

    // Both ends beat at each step, and hear each other.
    private async Task PassAsync(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= Silence / 4)
        {
            var calls = _runner.Calls + _reader.Calls;
            _time.Advance(Silence / 4);
            await _runner.Memory.WaitForAsync(() => _runner.Calls + _reader.Calls >= calls + 2, "the beats");
            await _runner.HeardAsync();
            await _reader.HeardAsync();
        }
    }

    private TaskOutcome Outcome() => new()
    {
        Kind = TaskOutcomeKind.Streaming,
        WorkerStatus = 206,
        Attempts = 2,
        Stream = _worker,
        TaskId = _id,
    };

    private static async Task<string> ReadAsync(WorkerStream stream)
    {
        var buffer = new byte[1024];
        var read = await stream.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(TestSignal.Guard);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    private static async Task<byte[]> ReadToEndAsync(WorkerStream stream)
    {
        using var guard = new CancellationTokenSource(TestSignal.Guard);
        var all = new MemoryStream();
        var buffer = new byte[10_000];
        while (await stream.ReadAsync(buffer, guard.Token) is > 0 and var read)
            all.Write(buffer, 0, read);
        return all.ToArray();
    }
}
