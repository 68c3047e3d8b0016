using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

public sealed class CallerTableTests
{
    private readonly CallerTable _table = new();

    [Fact]
    public async Task Complete_ManyAtOnce_OneReachesTheCallerAndTheOthersAreDisposed()
    {
        for (var round = 0; round < 200; round++)
        {
            var wait = Wait();
            _table.Add(wait);
            var outcomes = Enumerable.Range(0, 4).Select(static _ => Outcome()).ToArray();

            var answers = await Task.WhenAll(
                outcomes.Select(outcome => Task.Run(() => _table.Complete(wait.Id, outcome))));

            answers.Count(static answer => answer).ShouldBe(1);
            var got = await wait.Outcome;
            got.ShouldBeSameAs(outcomes[Array.IndexOf(answers, true)]);
            got.TaskId.ShouldBe(wait.Id);
            foreach (var other in outcomes.Where(outcome => !ReferenceEquals(outcome, got)))
                Should.Throw<ObjectDisposedException>(() => _ = other.Reply!.Body);
            got.Reply!.Body.Length.ShouldBe(2);
            got.Dispose();
        }

        _table.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Complete_NobodyWaits_DisposesTheOutcome()
    {
        var outcome = Outcome();

        _table.Complete(new TaskId(Guid.NewGuid()), outcome).ShouldBeFalse();

        Should.Throw<ObjectDisposedException>(() => _ = outcome.Reply!.Body);
    }

    [Fact]
    public void TryRemove_AnsweredMeanwhile_IsFalse()
    {
        var wait = Wait();
        _table.Add(wait);
        _table.Complete(wait.Id, Outcome()).ShouldBeTrue();

        _table.TryRemove(wait).ShouldBeFalse();
        wait.IsAnswered.ShouldBeTrue();
    }

    [Fact]
    public async Task CompleteAll_SomeWait_AnswersEach()
    {
        var waits = Enumerable.Range(0, 10).Select(static _ => Wait()).ToArray();
        foreach (var wait in waits)
            _table.Add(wait);

        _table.CompleteAll(static () => new TaskOutcome { Kind = TaskOutcomeKind.Unavailable });

        foreach (var wait in waits)
            (await wait.Outcome).Kind.ShouldBe(TaskOutcomeKind.Unavailable);
        _table.Count.ShouldBe(0);
    }

    private static TaskOutcome Outcome() => new()
    {
        Kind = TaskOutcomeKind.Succeeded,
        Reply = WorkerReply.CopyOf("{}"u8, null),
    };

    private static CallerWait Wait() => new(
        new QueuedTask
        {
            Id = new TaskId(Guid.NewGuid()),
            Queue = new QueueKey("hello", 1),
            Function = "hello",
            Priority = 1,
            CreatedAtMilliseconds = 0,
            Durability = TaskDurability.WriteBehind,
            BodyBytes = 0,
        },
        long.MaxValue);
}
