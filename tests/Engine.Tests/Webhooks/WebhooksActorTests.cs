using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Webhooks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Webhooks;

public sealed class WebhooksActorTests : IAsyncLifetime
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly ManualTimeProvider _time = new();
    private readonly StubArchive _archive = new();
    private readonly WebhookReceiver _receiver = new();
    private WebhooksHarness _harness;

    public WebhooksActorTests() => _harness = new WebhooksHarness(_time, _archive);

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _harness.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Deliver_Taken_IsSavedAsDelivered()
    {
        var id = _harness.Deliver(_archive, _receiver.Url);

        var saved = await _archive.NextSaveAsync();

        saved.Id.ShouldBe(id);
        saved.State.ShouldBe(new WebhookDelivery(WebhookDeliveryState.Delivered, 1, 0, 200, null));
        saved.KeptUntilMilliseconds.ShouldBe(_harness.Now + (long)TimeSpan.FromHours(1).TotalMilliseconds);
        (await _receiver.NextAsync()).Header("webhook-id").ShouldBe($"msg_{id}");
    }

    [Theory]
    [InlineData(TaskState.Succeeded, null, 1)]
    [InlineData(TaskState.Succeeded, 3L * 24 * 3600 * 1000, 3)]
    [InlineData(TaskState.Dead, 3L * 24 * 3600 * 1000, 7)]
    public async Task Deliver_Ended_IsKeptAsLongAsTheTaskSays(TaskState state, long? retention, int days)
    {
        var finished = _harness.Now - 1000;
        var task = WebhookTasks.Archived(
            WebhookTasks.Ended(state) with { FinishedAtMilliseconds = finished },
            WebhookTasks.Address(_receiver.Url), retention);
        _archive.Add(task);

        _harness.Actor.Tell(new Deliver(task.Snapshot.Id, 0, 0));

        (await _archive.NextSaveAsync()).KeptUntilMilliseconds
            .ShouldBe(finished + (long)(Day * days).TotalMilliseconds);
    }

    [Fact]
    public async Task Deliver_ReceiverFails_TriesWithGrowingBackoffAndThenGivesUp()
    {
        await RestartAsync(new WebhookOptions { RetriesMax = 4, RetryDelayMax = TimeSpan.FromSeconds(4) });
        _receiver.Answer = static (_, stream) => WebhookReceiver.ReplyAsync(stream, "500 No");
        var id = _harness.Deliver(_archive, _receiver.Url);
        long[] ceilings = [1000, 2000, 4000, 4000];
        var timestamps = new List<long>();

        for (var tries = 1; tries <= 4; tries++)
        {
            var saved = await _archive.NextSaveAsync();
            var call = await _receiver.NextAsync();
            call.Header("webhook-id").ShouldBe($"msg_{id}");
            timestamps.Add(long.Parse(call.Header("webhook-timestamp")!));
            saved.State.State.ShouldBe(WebhookDeliveryState.Pending);
            saved.State.Tries.ShouldBe(tries);
            saved.State.LastStatus.ShouldBe(500);
            var wait = saved.State.DueAtMilliseconds - _harness.Now;
            wait.ShouldBeInRange(0, ceilings[tries - 1]);
            await AdvanceAsync(wait + 1);
        }

        var last = await _archive.NextSaveAsync();
        last.State.ShouldBe(new WebhookDelivery(WebhookDeliveryState.Dead, 5, 0, 500, "the receiver answered 500"));
        timestamps.ShouldBe(timestamps.Order());
    }

    [Fact]
    public async Task Deliver_ReceiverIsGone_IsDeadAtOnce()
    {
        _receiver.Answer = static (_, stream) => WebhookReceiver.ReplyAsync(stream, "410 Gone");

        _harness.Deliver(_archive, _receiver.Url);

        (await _archive.NextSaveAsync()).State.ShouldBe(
            new WebhookDelivery(WebhookDeliveryState.Dead, 1, 0, 410, "the receiver wants no more (410)"));
    }

    [Fact]
    public async Task Deliver_RetryAfter_IsObeyed()
    {
        _receiver.Answer = static (_, stream)
            => WebhookReceiver.ReplyAsync(stream, "429 Slow", "Retry-After: 90\r\n");
        _harness.Deliver(_archive, _receiver.Url);
        (await _archive.NextSaveAsync()).State.DueAtMilliseconds.ShouldBe(_harness.Now + 90_000);
        await _receiver.NextAsync();
        await _time.WaitForTimerAsync(TimeSpan.FromMilliseconds(90_001));

        _time.Advance(TimeSpan.FromMilliseconds(90_000));
        _receiver.Waiting.ShouldBe(0);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        (await _archive.NextSaveAsync()).State.Tries.ShouldBe(2);
    }

    [Fact]
    public async Task Deliver_NotYetDue_Waits()
    {
        _harness.Deliver(_archive, _receiver.Url, delayMilliseconds: 10_000);
        await _time.WaitForTimerAsync(TimeSpan.FromMilliseconds(10_001));
        _time.Advance(TimeSpan.FromMilliseconds(10_000));
        _receiver.Connects.ShouldBe(0);

        _time.Advance(TimeSpan.FromMilliseconds(1));

        (await _archive.NextSaveAsync()).State.State.ShouldBe(WebhookDeliveryState.Delivered);
    }

    [Fact]
    public async Task Restart_WhileARetryWaits_GoesOnWithTheNextTry()
    {
        _receiver.Answer = static (_, stream) => WebhookReceiver.ReplyAsync(stream, "500 No");
        var id = _harness.Deliver(_archive, _receiver.Url);
        var first = await _archive.NextSaveAsync();
        var id1 = (await _receiver.NextAsync()).Header("webhook-id");

        await RestartAsync();
        _receiver.Answer = static (_, stream) => WebhookReceiver.ReplyAsync(stream, "200 OK");
        _harness.Actor.Tell(new Deliver(id, first.State.Tries, 0));

        (await _archive.NextSaveAsync()).State
            .ShouldBe(new WebhookDelivery(WebhookDeliveryState.Delivered, 2, 0, 200, null));
        (await _receiver.NextAsync()).Header("webhook-id").ShouldBe(id1);
    }

    [Fact]
    public async Task Restart_BetweenCallAndWrite_CallsOnceMoreWithTheSameId()
    {
        var never = new TaskCompletionSource();
        _archive.BeforeSave = () => never.Task;
        var id = _harness.Deliver(_archive, _receiver.Url);
        var first = await _receiver.NextAsync();

        await RestartAsync();
        _archive.BeforeSave = static () => Task.CompletedTask;
        _harness.Actor.Tell(new Deliver(id, 0, 0));

        (await _archive.NextSaveAsync()).State.State.ShouldBe(WebhookDeliveryState.Delivered);
        (await _receiver.NextAsync()).Header("webhook-id").ShouldBe(first.Header("webhook-id"));
    }

    [Fact]
    public async Task Deliver_TwiceWhileUnderWay_CallsOnce()
    {
        var answer = new TestSignal("the test lets the receiver answer");
        _receiver.Answer = async (_, stream) =>
        {
            await answer.WaitAsync();
            await WebhookReceiver.ReplyAsync(stream, "200 OK");
        };
        var id = _harness.Deliver(_archive, _receiver.Url);
        await _receiver.NextAsync();

        _harness.Actor.Tell(new Deliver(id, 0, 0));
        _harness.Actor.Tell(new Deliver(id, 0, 0));
        answer.Set();
        (await _archive.NextSaveAsync()).State.State.ShouldBe(WebhookDeliveryState.Delivered);
        await _harness.RestAsync();

        _receiver.Waiting.ShouldBe(0);
        _receiver.Connects.ShouldBe(1);
    }

    [Fact]
    public async Task Deliver_OrderedAgainAfterItsEndIsWritten_IsSentAgain()
    {
        var saving = new TestSignal("the actor writes the first end");
        var id = _harness.Deliver(_archive, _receiver.Url);
        _archive.BeforeSave = () =>
        {
            saving.Set();
            return Task.CompletedTask;
        };
        await saving.WaitAsync();
        await _archive.NextSaveAsync();

        // As the engine does for an order by hand: pending again on disk, then the order.
        _archive.Add(WebhookTasks.Archived(WebhookTasks.Ended(id: id), WebhookTasks.Address(_receiver.Url)));
        _harness.Actor.Tell(new Deliver(id, 0, 0));

        (await _archive.NextSaveAsync()).State.Tries.ShouldBe(1);
        await _receiver.NextAsync();
        await _receiver.NextAsync();
    }

    [Fact]
    public async Task DeadHost_ManyDeliveries_TakesEightCallsAndDelaysNoOther()
    {
        var never = new TaskCompletionSource();
        await using var dead = new WebhookReceiver((_, _) => never.Task);
        for (var count = 0; count < 20; count++)
            _harness.Deliver(_archive, $"http://localhost:{dead.Port}/");
        for (var count = 0; count < 8; count++)
            await dead.NextAsync();

        var alive = _harness.Deliver(_archive, _receiver.Url);

        (await _archive.NextSaveAsync()).Id.ShouldBe(alive);
        dead.Connects.ShouldBe(8);
        dead.Waiting.ShouldBe(0);

        // The others come to their turn when the first eight have run out of time.
        _time.Advance(TimeSpan.FromSeconds(5));
        for (var count = 0; count < 8; count++)
        {
            (await _archive.NextSaveAsync()).State.LastError.ShouldBe("no answer within 5000 ms");
            await dead.NextAsync();
        }

        never.SetResult();
    }

    [Fact]
    public async Task Deliver_ManyAtOnce_NeverMoreThanTheLimit()
    {
        await RestartAsync(new WebhookOptions { ConcurrencyMax = 2 });
        var under = 0;
        var most = 0;
        var gate = new SemaphoreSlim(0);
        _receiver.Answer = async (_, stream) =>
        {
            var now = Interlocked.Increment(ref under);
            InterlockedMax(ref most, now);
            await gate.WaitAsync();
            Interlocked.Decrement(ref under);
            await WebhookReceiver.ReplyAsync(stream, "200 OK");
        };
        for (var count = 0; count < 10; count++)
            _harness.Deliver(_archive, _receiver.Url);

        // Two are there before one is let go, so that as many as may are under way at a time.
        await _receiver.NextAsync();
        for (var count = 1; count <= 10; count++)
        {
            if (count < 10)
                await _receiver.NextAsync();
            gate.Release();
            await _archive.NextSaveAsync();
        }

        most.ShouldBe(2);
    }

    [Fact]
    public async Task Save_Fails_IsWrittenAgainWithoutACall()
    {
        var faults = 2;
        _archive.BeforeSave = () => faults-- > 0
            ? Task.FromException(new TaskStoreException("the disk is full"))
            : Task.CompletedTask;
        _harness.Deliver(_archive, _receiver.Url);
        await _receiver.NextAsync();

        await AdvanceAsync(1000);
        await AdvanceAsync(1000);

        (await _archive.NextSaveAsync()).State.State.ShouldBe(WebhookDeliveryState.Delivered);
        _receiver.Waiting.ShouldBe(0);
        _harness.Log.Entries.Count(static entry => entry.EventId == 504).ShouldBe(2);
    }

    [Fact]
    public async Task Read_Fails_IsTriedAgainWithoutCountingATry()
    {
        var faults = 1;
        _archive.ReadFault = _ => faults-- > 0 ? new TaskStoreException("the disk is away") : null;
        _harness.Deliver(_archive, _receiver.Url);

        await AdvanceAsync(1001);

        (await _archive.NextSaveAsync()).State.Tries.ShouldBe(1);
    }

    [Fact]
    public async Task ActorFails_DeliveriesAreKept()
    {
        var faults = 1;
        _archive.BrokenRead = _ => faults-- > 0 ? new InvalidOperationException("broken on purpose") : null;
        _harness.Deliver(_archive, _receiver.Url);
        await _time.WaitForTimersAsync(1);

        _time.Advance(TimeSpan.FromMinutes(1));

        (await _archive.NextSaveAsync()).State.State.ShouldBe(WebhookDeliveryState.Delivered);
    }

    [Fact]
    public async Task Deliver_NothingToDeliver_IsForgotten()
    {
        var unknown = WebhookTasks.NewId();
        var delivered = WebhookTasks.Ended() with
        {
            Delivery = new WebhookDelivery(WebhookDeliveryState.Delivered, 1, 0, 200, null),
        };
        _archive.Add(WebhookTasks.Archived(delivered, WebhookTasks.Address(_receiver.Url)));

        _harness.Actor.Tell(new Deliver(unknown, 0, 0));
        _harness.Actor.Tell(new Deliver(delivered.Id, 0, 0));
        await _harness.RestAsync();

        _receiver.Connects.ShouldBe(0);
        _harness.Log.Entries.Count(static entry => entry.EventId == 505).ShouldBe(2);
    }

    [Fact]
    public async Task Rest_CallUnderWay_EndsAndIsWrittenAndNothingNewBegins()
    {
        var answer = new TestSignal("the test lets the receiver answer");
        _receiver.Answer = async (_, stream) =>
        {
            await answer.WaitAsync();
            await WebhookReceiver.ReplyAsync(stream, "200 OK");
        };
        var id = _harness.Deliver(_archive, _receiver.Url);
        await _receiver.NextAsync();

        var resting = _harness.RestAsync();
        var later = _harness.Deliver(_archive, _receiver.Url);
        resting.IsCompleted.ShouldBeFalse();
        answer.Set();
        await resting;

        _archive.Delivery(id).State.ShouldBe(WebhookDeliveryState.Delivered);
        _archive.Delivery(later).State.ShouldBe(WebhookDeliveryState.Pending);
        _receiver.Connects.ShouldBe(1);
        await _harness.RestAsync();
    }

    [Fact]
    public async Task Log_OfAFailedDelivery_NamesTaskAndHostAndNothingSecret()
    {
        await RestartAsync(new WebhookOptions { RetriesMax = 1, Secrets = ["key-of-the-house"] });
        _receiver.Answer = static (_, stream) => WebhookReceiver.ReplyAsync(stream, "500 No", body: "words of theirs");
        var id = _harness.Deliver(_archive, _receiver.Url);
        var first = await _archive.NextSaveAsync();
        await AdvanceAsync(first.State.DueAtMilliseconds - _harness.Now + 1);
        await _archive.NextSaveAsync();
        await _harness.RestAsync();

        var lines = string.Join('\n', _harness.Log.Entries.Select(static entry => entry.Text));

        lines.ShouldContain($"{id}");
        lines.ShouldContain("127.0.0.1");
        foreach (var secret in new[] { "token", "hidden", "key-of-the-house", "words of theirs", "/hook" })
            lines.ShouldNotContain(secret);
    }

    private static void InterlockedMax(ref int place, int value)
    {
        var seen = Volatile.Read(ref place);
        while (value > seen)
            seen = Interlocked.CompareExchange(ref place, value, seen) is var now && now == seen ? value : now;
    }

    private async Task AdvanceAsync(long milliseconds)
    {
        var wait = TimeSpan.FromMilliseconds(milliseconds);
        await _time.WaitForTimerAsync(wait);
        _time.Advance(wait);
    }

    private async Task RestartAsync(WebhookOptions? options = null)
    {
        await _harness.DisposeAsync();
        _harness = new WebhooksHarness(_time, _archive, options);
    }
}
