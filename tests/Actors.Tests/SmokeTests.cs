using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests;

public sealed class SmokeTests
{
    private sealed record Add(int Value, ActorRef<int>? Reply = null);

    private sealed class Sum : Actor<Add>
    {
        private int _sum;

        protected override async ValueTask OnReceiveAsync(Add message)
        {
            if (message.Value % 7 == 0) await Task.Yield();
            _sum += message.Value;
            message.Reply?.Tell(_sum);
        }
    }

    [Fact]
    public async Task Ask_AfterTells_SeesThemAll()
    {
        await using var system = new ActorSystem("test");
        var sum = system.Spawn(Props.Create(() => new Sum()), "sum");
        for (var i = 1; i <= 10_000; i++) sum.Tell(new Add(i));
        var total = await sum.AskAsync<int>(reply => new Add(0, reply), TimeSpan.FromSeconds(10));
        total.ShouldBe(50_005_000);
        await system.StopAsync(sum);
        sum.Tell(new Add(1));
        system.DeadLetterCount.ShouldBe(1);
    }
}
