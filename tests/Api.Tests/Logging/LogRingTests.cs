using System.Globalization;
using ActorBalancer.Api.Logging;
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

        for (var line = 0; line < adds; line++) ring.Add(line.ToString(CultureInfo.InvariantCulture));

        string.Join(' ', ring.Snapshot()).ShouldBe(expected);
    }

    [Fact]
    public void Snapshot_TakenBefore_StaysAsItWas()
    {
        var ring = new LogRing(2);
        ring.Add("a");
        var before = ring.Snapshot();

        ring.Add("b");
        ring.Add("c");

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
                ring.Add($"{thread} {line}");
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
}
