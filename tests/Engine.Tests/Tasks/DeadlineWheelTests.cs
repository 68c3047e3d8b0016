using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Tasks;

public sealed class DeadlineWheelTests
{
    private readonly DeadlineWheel _wheel = new();
    private readonly List<TaskRun> _due = [];

    [Fact]
    public void Advance_RandomDeadlines_EachIsDueOnceNeverEarlyAndAtMostATickLate()
    {
        var random = new Random(20261121);
        const long Start = 1_795_000_000_000;
        var runs = Enumerable.Range(0, 2000).Select(_ => NewRun()).ToArray();
        var due = runs.ToDictionary(run => run, _ => Start + random.NextInt64(0, 90_000));
        _wheel.Advance(Start - 1, _due);
        foreach (var run in runs)
            _wheel.Schedule(run, due[run]);

        var seen = new HashSet<TaskRun>();
        for (var now = Start; now <= Start + 90_000 + DeadlineWheel.TickMilliseconds; now += 7)
        {
            _wheel.Advance(now, _due);
            foreach (var run in _due)
            {
                seen.Add(run).ShouldBeTrue();
                now.ShouldBeGreaterThanOrEqualTo(due[run]);
                now.ShouldBeLessThanOrEqualTo(due[run] + DeadlineWheel.TickMilliseconds + 7);
            }

            _due.Clear();
        }

        seen.Count.ShouldBe(runs.Length);
        _wheel.Count.ShouldBe(0);
    }

    [Fact]
    public void Advance_AfterAPauseLongerThanATurn_FindsAll()
    {
        _wheel.Advance(0, _due);
        for (var i = 1; i <= 5000; i++)
            _wheel.Schedule(NewRun(), i * 10);

        _wheel.Advance(1_000_000, _due);

        _due.Count.ShouldBe(5000);
    }

    [Fact]
    public void Schedule_Again_MovesTheRun()
    {
        var run = NewRun();
        _wheel.Schedule(run, 1000);
        _wheel.Schedule(run, 5000);

        _wheel.Count.ShouldBe(1);
        _wheel.Advance(2000, _due);
        _due.ShouldBeEmpty();
        _wheel.Advance(5025, _due);
        _due.ShouldBe([run]);
    }

    [Fact]
    public void Schedule_DueInThePast_IsDueAtTheNextTick()
    {
        _wheel.Advance(10_000, _due);
        var run = NewRun();
        _wheel.Schedule(run, 3);

        _wheel.Advance(10_000 + DeadlineWheel.TickMilliseconds, _due);

        _due.ShouldBe([run]);
    }

    [Fact]
    public void Remove_FromAnyPlaceOfABucket_LeavesTheOthers()
    {
        var runs = Enumerable.Range(0, 3).Select(_ => NewRun()).ToArray();
        foreach (var run in runs)
            _wheel.Schedule(run, 100);

        _wheel.Remove(runs[1]);
        _wheel.Remove(runs[1]);
        _wheel.Remove(runs[2]);

        _wheel.Count.ShouldBe(1);
        _wheel.All().ShouldBe([runs[0]]);
    }

    private static TaskRun NewRun() => new(
        new QueuedTask
        {
            Id = default,
            Queue = new QueueKey("g", 1),
            Function = "f",
            Priority = 1,
            CreatedAtMilliseconds = 0,
            Durability = TaskDurability.WriteBehind,
            BodyBytes = 0,
        },
        hasCaller: true,
        long.MaxValue);
}
