using System.Globalization;
using ActorBalancer.Api.Logging;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Logging;

public sealed class LogRingTests
{
    [Theory]
    [InlineData(0, 3, "")]
    [InlineData(1, 3, "2")]
    [InlineData(3, 0, "")]
    [InlineData(3, 2, "0 1")]
    [InlineData(3, 3, "0 1 2")]
    [InlineData(3, 4, "1 2 3")]
    [InlineData(3, 6, "3 4 5")]
    [InlineData(3, 8, "5 6 7")]
    public void Snapshot_AfterAdds_HoldsTheLastOnesInOrder(int capacity, int adds, string expected)
    {
        var ring = new LogRing(capacity);

        for (var line = 0; line < adds; line++) ring.Add(LogEntries.Bare(line.ToString(CultureInfo.InvariantCulture)));

        string.Join(' ', ring.Snapshot()).ShouldBe(expected);
    }

    [Fact]
    public void Snapshot_TakenBefore_StaysAsItWas()
    {
        var ring = new LogRing(2);
        ring.Add(LogEntries.Bare("a"));
        var before = ring.Snapshot();

        ring.Add(LogEntries.Bare("b"));
        ring.Add(LogEntries.Bare("c"));

        before.ShouldBe(["a"]);
    }

    [Fact]
    public void Constructor_NegativeCapacity_Throws() =>
        Should.Throw<ArgumentOutOfRangeException>(() => new LogRing(-1));

    [Fact]
    public async Task Add_FromManyThreads_KeepsEachThreadsOrderAndLosesNothing()
    {
        const int Threads = 4;
        const int Lines = 5000;
        var ring = new LogRing(Threads * Lines);

        var writers = Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (var line = 0; line < Lines; line++)
            {
                ring.Add(LogEntries.Bare($"{thread} {line}"));
                if (line % 500 == 0) ring.Snapshot().ShouldNotContain(static each => each == null);
            }
        }));
        await Task.WhenAll(writers);

        var lines = ring.Snapshot();
        lines.Count.ShouldBe(Threads * Lines);
        for (var thread = 0; thread < Threads; thread++)
        {
            lines.Where(line => line[0] == '0' + thread).ShouldBe(
                Enumerable.Range(0, Lines).Select(line => $"{thread} {line}"));
        }
    }

    [Fact]
    public void Last_WithFilter_GivesTheNewestThatPassOldestFirst()
    {
        var ring = new LogRing(10);
        ring.Add(LogEntries.Of("one Apple", LogLevel.Warning));
        ring.Add(LogEntries.Of("two apples", LogLevel.Error));
        ring.Add(LogEntries.Of("pears", LogLevel.Error));
        ring.Add(LogEntries.Of("three APPLES", LogLevel.Warning));
        ring.Add(LogEntries.Of("four apples"));
        var filter = new LogFilter(LogLevel.Warning, "apple");

        Messages(ring.Last(filter, 10)).ShouldBe(["one Apple", "two apples", "three APPLES"]);
        Messages(ring.Last(filter, 2)).ShouldBe(["two apples", "three APPLES"]);
        Messages(ring.Last(filter, 0)).ShouldBeEmpty();
        Messages(ring.Last(new LogFilter(Contains: "2026"), 10)).ShouldBeEmpty();
    }

    [Fact]
    public void TryFollow_LinesBeforeAndAfter_BacklogThenTheRestThatPass()
    {
        var ring = new LogRing(10);
        ring.Add(LogEntries.Of("before"));
        ring.Add(LogEntries.Of("before too"));
        using var follower = ring.TryFollow(new LogFilter(Contains: "e"), 1).ShouldNotBeNull();

        ring.Add(LogEntries.Of("then"));
        ring.Add(LogEntries.Of("not"));

        Messages(follower.Backlog).ShouldBe(["before too"]);
        follower.Reader.TryRead(out var next).ShouldBeTrue();
        next.ShouldNotBeNull().Message.ToString().ShouldBe("then");
        follower.Reader.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public void Add_FollowerThatDoesNotRead_SkipsTheOldestAndCountsThem()
    {
        var ring = new LogRing(1);
        using var follower = ring.TryFollow(new LogFilter(), 0).ShouldNotBeNull();

        for (var line = 0; line < LogFollower.WaitingMax + 7; line++)
            ring.Add(LogEntries.Of($"line {line}"));

        follower.TakeSkipped().ShouldBe(7);
        follower.TakeSkipped().ShouldBe(0);
        follower.Reader.Count.ShouldBe(LogFollower.WaitingMax);
        follower.Reader.TryRead(out var next).ShouldBeTrue();
        next.ShouldNotBeNull().Message.ToString().ShouldBe("line 7");
    }

    [Fact]
    public void Add_ManyFollowers_ShareOneRecordAndItsBytes()
    {
        var ring = new LogRing(0);
        using var one = ring.TryFollow(new LogFilter(), 0).ShouldNotBeNull();
        using var two = ring.TryFollow(new LogFilter(), 0).ShouldNotBeNull();

        ring.IsWanted.ShouldBeTrue();
        ring.Add(LogEntries.Of("shared"));

        one.Reader.TryRead(out var first).ShouldBeTrue();
        two.Reader.TryRead(out var second).ShouldBeTrue();
        second.ShouldBeSameAs(first);
        (second!.Frame == first!.Frame).ShouldBeTrue();
        ring.Snapshot().ShouldBeEmpty();
    }

    [Fact]
    public void TryFollow_TooMany_IsRefusedUntilOneLeaves()
    {
        var ring = new LogRing(0);
        var all = Enumerable.Range(0, LogRing.FollowersMax)
            .Select(_ => ring.TryFollow(new LogFilter(), 0).ShouldNotBeNull()).ToList();

        ring.TryFollow(new LogFilter(), 0).ShouldBeNull();
        all[0].Dispose();

        using var next = ring.TryFollow(new LogFilter(), 0).ShouldNotBeNull();
        all.ForEach(static follower => follower.Dispose());
        ring.FollowerCount.ShouldBe(1);
    }

    private static IEnumerable<string> Messages(IEnumerable<LogEntry> entries) =>
        entries.Select(static entry => entry.Message.ToString());
}
