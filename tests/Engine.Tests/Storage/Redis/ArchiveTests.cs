using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>Ended tasks under the hands of two nodes.</summary>
public sealed class ArchiveTests(RedisFixture redis) : TwoStores(redis)
{
    private const long WeekMilliseconds = 7L * 24 * 3600 * 1000;

    [Fact]
    public async Task Sweep_ThousandsAtTwoNodesAtOnce_ForgetsEachOnceAndLeavesNothing()
    {
        var queues = new[] { Mail, Print };
        var tasks = Enumerable.Range(0, 5000).Select(i => NewTask(queues[i % 2])).ToArray();
        foreach (var key in queues)
            await First.GetQueue(key).EnqueueAllAsync([.. tasks.Where(task => task.Queue == key)]);
        var at = Now;
        await Task.WhenAll(tasks.Select(task => First.GetQueue(task.Queue)
                .RemoveAsync(task, Ended(TaskState.Cancelled, at, keptFor: 1000)).AsTask()))
            .Guarded("the ends did not end");
        (await Second.Archive.CountAsync()).Values.Sum().ShouldBe(5000);
        (await Second.Archive.SweepAsync(at + 999)).ShouldBe(0);

        var counts = await Task.WhenAll(
                First.Archive.SweepAsync(at + 1000).AsTask(), Second.Archive.SweepAsync(at + 1000).AsTask())
            .Guarded("the sweeps did not end");

        counts.Sum().ShouldBe(5000);
        (await First.Archive.CountAsync()).ShouldBeEmpty();
        (await Second.FindAsync(tasks[0].Id, false)).ShouldBe(new SharedLookup(null, true));
        (await ReadKeysAsync()).ShouldNotContain(key => key.Contains(":t:") || key.Contains(":events:"));

        (await First.Archive.SweepAsync(at + 1000 + WeekMilliseconds)).ShouldBe(0);
        (await Second.FindAsync(tasks[0].Id, false)).ShouldBe(default);
        (await ReadKeysAsync()).ShouldNotContain(key => key.EndsWith(":gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sweep_TaskThatCameBackByHand_LetsItLive()
    {
        var ended = await EndAsync(NewTask(), Ended(TaskState.Dead, Now, keptFor: 1000));
        var (archived, _) = await Second.Archive.FindAsync(ended.Id, withBody: true);
        await Second.GetQueue(Mail).EnqueueAsync(Revived(archived!));

        (await First.Archive.SweepAsync(Now + 5000)).ShouldBe(0);
        (await First.Archive.DeleteAsync([ended.Id])).ShouldBe(0);

        (await FoundAsync(First, ended.Id)).Task.Snapshot.State.ShouldBe(TaskState.Queued);
        (await First.Archive.CountAsync()).ShouldBeEmpty();
        (await First.Archive.ListAsync(new TaskFilter(), null, 10)).ShouldBeEmpty();
        (await First.ListAsync(new TaskFilter(), null, 10)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Delete_OfUnknownQueues_FindsThemAll()
    {
        var mail = await EndAsync(NewTask());
        var print = await EndAsync(NewTask(Print));
        var alive = NewTask();
        await First.GetQueue(Mail).EnqueueAsync(alive);

        (await Second.Archive.DeleteAsync([mail.Id, alive.Id, print.Id, NewTask().Id])).ShouldBe(2);

        (await First.FindAsync(print.Id, false)).IsGone.ShouldBeTrue();
        await FoundAsync(First, alive.Id);
    }

    [Fact]
    public async Task SaveDelivery_WordOfATryThatComesTooLate_ChangesNothing()
    {
        var task = await EndAsync(NewTask(), Ended(TaskState.Succeeded, Now) with { HasDelivery = true });
        var delivered = new WebhookDelivery(WebhookDeliveryState.Delivered, 1, 0, 204, null);
        await First.Archive.SaveDeliveryAsync(task.Id, delivered, Now + 60_000);

        await Second.Archive.SaveDeliveryAsync(
            task.Id, new WebhookDelivery(WebhookDeliveryState.Pending, 1, Now, 503, "busy"), 0);
        await Second.Archive.SaveDeliveryAsync(
            task.Id, new WebhookDelivery(WebhookDeliveryState.Dead, 9, 0, 503, "busy"), Now);
        (await FoundAsync(Second, task.Id)).Task.Snapshot.Delivery.ShouldBe(delivered);
        (await TakeAsync(Second, Now + WeekMilliseconds)).ShouldBeEmpty();

        var byHand = new WebhookDelivery(WebhookDeliveryState.Pending, 0, Now, 0, null);
        await Second.Archive.SaveDeliveryAsync(task.Id, byHand, 0);
        var shown = (await FoundAsync(First, task.Id)).Task.Snapshot;
        (shown.Delivery, shown.KeptUntilMilliseconds).ShouldBe((byHand, 0));
        (await First.Archive.SweepAsync(Now + WeekMilliseconds)).ShouldBe(0);
    }

    [Fact]
    public async Task SaveDelivery_Pending_LeavesItToItsNodeForTheSameSpan()
    {
        var task = await EndAsync(NewTask(), Ended(TaskState.Succeeded, Now) with { HasDelivery = true });
        var due = Now + WeekMilliseconds;
        (await First.GetSharedQueue(Mail).TakeDeliveriesAsync(10, due, due + 5000)).ShouldHaveSingleItem();
        (await TakeAsync(Second, due + 4999)).ShouldBeEmpty();

        await First.Archive.SaveDeliveryAsync(
            task.Id, new WebhookDelivery(WebhookDeliveryState.Pending, 1, due + 100_000, 500, "no"), 0);

        (await TakeAsync(Second, due + 104_999)).ShouldBeEmpty();
        var taken = (await TakeAsync(Second, due + 105_000)).ShouldHaveSingleItem();
        taken.ShouldBe(new PendingDelivery(task.Id, 1, due + 100_000));
    }

    [Fact]
    public async Task LeaveDeliveries_OfANodeThatStops_AreForTheFirstOnceTheyAreDue()
    {
        var task = await EndAsync(NewTask(), Ended(TaskState.Succeeded, Now) with { HasDelivery = true });
        var done = await EndAsync(NewTask(), Ended(TaskState.Succeeded, Now) with { HasDelivery = true });
        await First.Archive.SaveDeliveryAsync(
            done.Id, new WebhookDelivery(WebhookDeliveryState.Delivered, 1, 0, 204, null), Now + 60_000);
        var due = Now + 10_000;

        await ((ISharedTaskStore)First).LeaveDeliveriesAsync(
            [new PendingDelivery(task.Id, 1, due), new PendingDelivery(done.Id, 1, due)]);

        (await TakeAsync(Second, due - 1)).ShouldBeEmpty();
        (await TakeAsync(Second, due)).ShouldHaveSingleItem().Id.ShouldBe(task.Id);
    }

    [Fact]
    public async Task TakeDeliveries_TaskThatJustEnded_LeavesItToTheNodeThatRanIt()
    {
        await EndAsync(NewTask(), Ended(TaskState.Succeeded, Now) with { HasDelivery = true });
        var before = Now;

        (await TakeAsync(Second, before + 50_000)).ShouldBeEmpty();
        (await TakeAsync(Second, before + 70_000)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task TakeDeliveries_EndedByOneWhoDidNotRunIt_GivesItToTheFirst()
    {
        var task = NewTask();
        await First.GetQueue(Mail).EnqueueAsync(task);
        await First.GetSharedQueue(Mail).EndAsync(
            await FoundAsync(First, task.Id), [], Ended(TaskState.Expired, Now) with { HasDelivery = true });

        // A store's clock may be a little behind that of Redis.
        (await TakeAsync(Second, Now + 5000)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task TakeDeliveries_OrderedByHand_GivesItToTheFirst()
    {
        var task = await EndAsync(NewTask(), Ended(TaskState.Succeeded, Now) with { HasDelivery = true });
        await First.Archive.SaveDeliveryAsync(
            task.Id, new WebhookDelivery(WebhookDeliveryState.Dead, 3, 0, 500, "no"), Now + 60_000);

        await First.Archive.SaveDeliveryAsync(
            task.Id, new WebhookDelivery(WebhookDeliveryState.Pending, 0, Now, 0, null), 0);

        (await TakeAsync(Second, Now + 1)).ShouldHaveSingleItem().Id.ShouldBe(task.Id);
    }

    [Fact]
    public async Task SaveDelivery_OfALivingTask_DoesNothing()
    {
        var task = NewTask();
        await First.GetQueue(Mail).EnqueueAsync(task);

        await Second.Archive.SaveDeliveryAsync(
            task.Id, new WebhookDelivery(WebhookDeliveryState.Delivered, 1, 0, 200, null), Now);

        (await Second.Archive.SweepAsync(Now + 60_000)).ShouldBe(0);
        (await FoundAsync(First, task.Id)).Task.Snapshot.Delivery.ShouldBeNull();
    }

    [Fact]
    public async Task Key_OverTheLifeOfItsTask_NamesItWhileItIsKept()
    {
        var mark = new IdempotencyMark(1234, 99);
        var task = NewTask(options: new TaskOptions { Idempotency = mark });
        (await First.ClaimKeyAsync(mark, task.Id, Mail, null)).Id.ShouldBe(task.Id);
        await First.GetQueue(Mail).EnqueueAsync(task);
        (await Second.Archive.FindByKeyAsync(1234)).ShouldBeNull("it lives");
        (await Second.ClaimKeyAsync(mark, NewTask().Id, Print, null)).Id.ShouldBe(task.Id);

        var leased = await LeaseAsync(Second, Mail);
        await Second.GetQueue(Mail).CompleteAsync(
            leased, leased.LeaseToken, Ended(TaskState.Succeeded, Now) with { Result = [5] });

        await UntilAsync(async () => await LifeAsync(1234) <= TimeSpan.FromMinutes(10), "the key did not follow");
        (await First.Archive.FindByKeyAsync(1234)).ShouldNotBeNull().Snapshot.Result.ShouldBe([5]);
        (await Second.ClaimKeyAsync(mark, NewTask().Id, Print, null)).Id.ShouldBe(task.Id);
        await First.Archive.DeleteAsync([task.Id]);
        (await First.Archive.FindByKeyAsync(1234)).ShouldBeNull();
        var next = NewTask().Id;
        (await Second.ClaimKeyAsync(mark, next, Print, task.Id)).Id.ShouldBe(next);
    }

    [Fact]
    public async Task Key_OfATaskOfWhichNothingIsKept_IsFree()
    {
        var mark = new IdempotencyMark(77, 99);
        var task = NewTask(options: new TaskOptions { Idempotency = mark });
        await First.ClaimKeyAsync(mark, task.Id, Mail, null);

        await EndAsync(task, TaskEnd.Forgotten(TaskState.Succeeded));

        var next = NewTask().Id;
        await UntilAsync(
            async () => (await Second.ClaimKeyAsync(mark, next, Mail, null)).Id == next, "the key did not follow");
    }

    [Fact]
    public async Task Key_OnceTheDeliveryIsDone_LivesAsLongAsItsTask()
    {
        var mark = new IdempotencyMark(42, 99);
        var task = await EndAsync(
            NewTask(options: new TaskOptions { Idempotency = mark }),
            Ended(TaskState.Succeeded, Now) with { HasDelivery = true });
        await UntilAsync(
            async () => await First.Archive.FindByKeyAsync(42) is not null, "the key did not hear of the end");

        await Second.Archive.SaveDeliveryAsync(
            task.Id, new WebhookDelivery(WebhookDeliveryState.Delivered, 1, 0, 200, null), Now + 90_000);

        (await LifeAsync(42)).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(90));
        (await First.Archive.FindByKeyAsync(42)).ShouldNotBeNull().Snapshot.Id.ShouldBe(task.Id);
    }

    private static QueuedTask Revived(ArchivedTask task) => new()
    {
        Id = task.Snapshot.Id,
        Queue = task.Snapshot.Queue,
        Function = task.Snapshot.Function,
        Priority = task.Snapshot.Priority,
        CreatedAtMilliseconds = task.Snapshot.CreatedAtMilliseconds,
        Durability = TaskDurability.Committed,
        Body = task.Body,
        BodyBytes = task.Body!.Length,
        Attempt = task.Attempt,
        Options = task.Options,
        WasArchived = true,
        State = task.Snapshot.State,
    };

    private static async Task<IReadOnlyList<PendingDelivery>> TakeAsync(ISharedTaskStore store, long now) =>
        await store.GetSharedQueue(Mail).TakeDeliveriesAsync(10, now, now + 1);

    private async Task<TimeSpan> LifeAsync(UInt128 key) => (await Link.AskAsync(
        database => database.KeyTimeToLiveAsync($"{Options.Prefix}:key:{key:x32}"))).ShouldNotBeNull();
}
