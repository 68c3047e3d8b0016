using System.Collections.Concurrent;
using ActorBalancer.Engine.Routing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Routing;

public sealed class SharedChanceTests
{
    [Fact]
    public void Next_FromOneThread_IsTheSequenceOfTheGenerator()
    {
        var shared = new SharedChance(99);
        var alone = new SplitMix64(99);

        for (int draw = 0; draw < 100; draw++)
            shared.Next().ShouldBe(alone.Next());
    }

    [Fact]
    public void Next_FromManyThreads_GivesEachNumberOnce()
    {
        var shared = new SharedChance(7);
        var alone = new SplitMix64(7);
        var drawn = new ConcurrentBag<ulong>();
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(Draw))];

        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();

        drawn.Order().ShouldBe(Enumerable.Range(0, 20_000).Select(_ => alone.Next()).Order());

        void Draw()
        {
            for (int draw = 0; draw < 5_000; draw++)
                drawn.Add(shared.Next());
        }
    }
}
