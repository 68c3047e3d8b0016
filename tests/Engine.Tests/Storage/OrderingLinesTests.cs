using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

public sealed class OrderingLinesTests
{
    private readonly OrderingLines _lines = new();

    [Fact]
    public void Enter_HolderAgain_StillHolds()
    {
        var task = Keyed("k");

        _lines.Enter(task).ShouldBeTrue();
        _lines.Enter(task).ShouldBeTrue();

        _lines.Holds(task).ShouldBeTrue();
        _lines.EntryCount("k").ShouldBe(0);
    }

    [Fact]
    public void TryHold_KeyOfAnother_DoesNotQueueUp()
    {
        _lines.Enter(Keyed("k"));

        _lines.TryHold(Keyed("k")).ShouldBeFalse();

        _lines.EntryCount("k").ShouldBe(0);
    }

    [Fact]
    public void Release_TaskThatHoldsNothing_ChangesNothing()
    {
        var holder = Keyed("k");
        var next = Keyed("k");
        _lines.Enter(holder);
        _lines.Enter(next);

        _lines.Release(next).ShouldBeNull();
        _lines.Release(Keyed("other")).ShouldBeNull();

        _lines.Holds(holder).ShouldBeTrue();
        _lines.Release(holder).ShouldBeSameAs(next);
    }

    [Fact]
    public void Release_LastOfManyKeys_LeavesNothing()
    {
        var tasks = Enumerable.Range(0, 1000).Select(i => Keyed($"k{i}")).ToArray();
        foreach (var task in tasks)
            _lines.Enter(task);
        _lines.Count.ShouldBe(1000);

        foreach (var task in tasks)
            _lines.Release(task).ShouldBeNull();

        _lines.Count.ShouldBe(0);
    }

    [Fact]
    public void NoteEnded_LongLine_KeepsFewLeftovers()
    {
        var holder = Keyed("k");
        var last = Keyed("k");
        _lines.Enter(holder);
        for (var i = 0; i < 10_000; i++)
        {
            var task = Keyed("k");
            _lines.Enter(task);
            TaskRecord.EndUnrecorded(task);
            _lines.NoteEnded(task);
        }

        _lines.Enter(last);

        _lines.EntryCount("k").ShouldBeLessThan(100);
        _lines.Release(holder).ShouldBeSameAs(last);
        _lines.Release(last).ShouldBeNull();
        _lines.Count.ShouldBe(0);
    }

    private static QueuedTask Keyed(string key) => NewTask(options: new TaskOptions { OrderingKey = key });
}
