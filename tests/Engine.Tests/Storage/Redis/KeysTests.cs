using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>Idempotency keys in Redis, over two connections.</summary>
public sealed class KeysTests(RedisFixture redis) : IClassFixture<RedisFixture>, IAsyncLifetime
{
    private const long WeekMilliseconds = 7L * 24 * 3600 * 1000;
    private static readonly IdempotencyMark Mark = new(UInt128.MaxValue - 5, 77);
    private static readonly QueueKey Odd = new("a b/c {d}% ü", -3);

    private RedisLink _link = null!;
    private RedisLink _otherLink = null!;
    private RedisKeys _names = null!;
    private RedisKeyClaims _claims = null!;
    private RedisKeyClaims _otherClaims = null!;

    public async ValueTask InitializeAsync()
    {
        var options = redis.NewOptions() with { Timeout = TimeSpan.FromSeconds(30) };
        _link = await ConnectAsync(options);
        _otherLink = await ConnectAsync(options);
        _names = new RedisKeys(options.Prefix);
        _claims = new RedisKeyClaims(_link, _names);
        _otherClaims = new RedisKeyClaims(_otherLink, _names);
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        await _otherLink.DisposeAsync();
    }

    [Fact]
    public async Task Claim_FreeKey_IsHeldByTheClaimerWithAllThatItSaid()
    {
        var before = _link.NowMilliseconds;
        var id = NewId();

        var holder = await _claims.ClaimAsync(Mark, id, Odd, null);

        (holder.Id, holder.Queue, holder.Body).ShouldBe((id, Odd, Mark.Body));
        holder.ClaimedAtMilliseconds.ShouldBeInRange(before, before + 60_000);
        (await _otherClaims.FindAsync(Mark.Key)).ShouldBe(holder);
        (await _otherClaims.FindAsync(Mark.Key + 1)).ShouldBeNull();
    }

    [Fact]
    public async Task Claim_HeldKey_GivesTheHolderUnchanged()
    {
        var holder = await _claims.ClaimAsync(Mark, NewId(), Mail, null);

        (await _otherClaims.ClaimAsync(Mark with { Body = 1 }, NewId(), Print, null)).ShouldBe(holder);
        (await _otherClaims.ClaimAsync(Mark, NewId(), Print, NewId())).ShouldBe(holder, "it is not the one to replace");
        (await _otherClaims.ClaimAsync(Mark, holder.Id, Mail, null)).ShouldBe(holder, "the same call made again");
    }

    [Fact]
    public async Task Claim_InsteadOfTheHolder_ReplacesItOnce()
    {
        var gone = await _claims.ClaimAsync(Mark, NewId(), Mail, null);

        var first = await _claims.ClaimAsync(Mark, NewId(), Mail, gone.Id);
        var second = await _otherClaims.ClaimAsync(Mark, NewId(), Mail, gone.Id);

        first.Id.ShouldNotBe(gone.Id);
        second.ShouldBe(first);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Claim_ManyAtOnceOverTwoConnections_HasOneOwner(bool replace)
    {
        TaskId? instead = replace ? (await _claims.ClaimAsync(Mark, NewId(), Mail, null)).Id : null;
        var ids = Enumerable.Range(0, 100).Select(_ => NewId()).ToArray();

        var holders = await Task.WhenAll(ids.Select((id, i) =>
                (i % 2 == 0 ? _claims : _otherClaims).ClaimAsync(Mark, id, Mail, instead)))
            .Guarded("the claims did not end");

        var owner = holders.Distinct().ShouldHaveSingleItem();
        ids.ShouldContain(owner.Id);
    }

    [Fact]
    public async Task Release_ByTheHolderOnly_FreesTheKey()
    {
        var holder = await _claims.ClaimAsync(Mark, NewId(), Mail, null);

        await _otherClaims.ReleaseAsync(Mark.Key, NewId());
        (await _claims.FindAsync(Mark.Key)).ShouldBe(holder);

        await _otherClaims.ReleaseAsync(Mark.Key, holder.Id);
        (await _claims.FindAsync(Mark.Key)).ShouldBeNull();
    }

    [Fact]
    public async Task NoteMade_ScheduledTask_HoldsTheKeyForAWeekAfterItIsDue()
    {
        var task = NewTask(due: _link.NowMilliseconds + (30 * WeekMilliseconds), options: Keyed);
        await _claims.ClaimAsync(Mark, task.Id, Mail, null);
        (await LifeAsync()).ShouldBeInRange(WeekMilliseconds - 60_000, WeekMilliseconds);

        await _claims.NoteMadeAsync(task);

        (await LifeAsync()).ShouldBeInRange((31 * WeekMilliseconds) - 60_000, 31 * WeekMilliseconds);
    }

    [Fact]
    public async Task NoteEnded_KeptTask_HoldsTheKeyAsLong()
    {
        var task = NewTask(options: Keyed);
        await _claims.ClaimAsync(Mark, task.Id, Mail, null);

        await _claims.NoteEndedAsync(
            Mark, task.Id, Mail, Ended() with { KeptUntilMilliseconds = _link.NowMilliseconds + 500_000 });

        (await LifeAsync()).ShouldBeInRange(440_000, 500_000);
        (await _claims.FindAsync(Mark.Key))!.Id.ShouldBe(task.Id);
    }

    [Fact]
    public async Task NoteEnded_DeliveryPending_HoldsTheKeyForAWeek()
    {
        var task = NewTask(options: Keyed);

        await _claims.NoteEndedAsync(Mark, task.Id, Mail, Ended() with { HasDelivery = true });

        (await LifeAsync()).ShouldBeInRange(WeekMilliseconds - 60_000, WeekMilliseconds);
    }

    [Fact]
    public async Task NoteEnded_NothingKept_FreesTheKey()
    {
        var task = NewTask(options: Keyed);
        await _claims.ClaimAsync(Mark, task.Id, Mail, null);

        await _claims.NoteEndedAsync(Mark, task.Id, Mail, Ended());

        (await _claims.FindAsync(Mark.Key)).ShouldBeNull();
    }

    [Fact]
    public async Task NoteMade_AfterTheEnd_TakesNoKey()
    {
        var task = NewTask(due: _link.NowMilliseconds, options: Keyed);
        await _claims.ClaimAsync(Mark, task.Id, Mail, null);
        await _claims.NoteEndedAsync(Mark, task.Id, Mail, Ended());

        await _claims.NoteMadeAsync(task);

        (await _claims.FindAsync(Mark.Key)).ShouldBeNull();
    }

    [Fact]
    public async Task NoteEnded_KeyOfANewerTask_StaysWithIt()
    {
        var ids = new[] { NewId(), NewId() };
        Array.Sort(ids, TaskId.CompareAge);
        var end = Ended() with { KeptUntilMilliseconds = _link.NowMilliseconds + 500_000 };

        await _claims.NoteEndedAsync(Mark, ids[0], Mail, end);
        (await _claims.FindAsync(Mark.Key))!.Id.ShouldBe(ids[0]);
        await _claims.NoteEndedAsync(Mark, ids[1], Mail, end);
        await _claims.NoteEndedAsync(Mark, ids[0], Mail, end);
        await _claims.NoteEndedAsync(Mark, ids[0], Mail, Ended());

        (await _claims.FindAsync(Mark.Key))!.Id.ShouldBe(ids[1], "the newest of the key is found by it");
    }

    [Fact]
    public async Task Find_SomethingElseUnderTheKey_IsNoHolder()
    {
        await _link.AskAsync(database => database.StringSetAsync(_names.IdempotencyKey(Mark.Key), new string('x', 99)));

        (await _claims.FindAsync(Mark.Key)).ShouldBeNull();
        (await Should.ThrowAsync<TaskStoreException>(() => _claims.ClaimAsync(Mark, NewId(), Mail, null)))
            .Message.ShouldContain("is no claim");
    }

    private static Task<RedisLink> ConnectAsync(RedisOptions options) =>
        RedisLink.ConnectAsync(options, TimeProvider.System, NullLogger.Instance);

    private static TaskOptions Keyed => new() { Idempotency = Mark };

    private static TaskId NewId() => new(Guid.CreateVersion7());

    private static TaskEnd Ended() => TaskEnd.Forgotten(TaskState.Succeeded);

    private async Task<double> LifeAsync() => (await _link.AskAsync(
        database => database.KeyTimeToLiveAsync(_names.IdempotencyKey(Mark.Key)))).ShouldNotBeNull().TotalMilliseconds;
}
