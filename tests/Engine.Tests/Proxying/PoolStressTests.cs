using System.Net;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Routing;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Proxying.PoolHarness;

namespace ActorBalancer.Engine.Tests.Proxying;

/// <summary>Requests on several threads while everything that can change a pool happens beside them.</summary>
public sealed class PoolStressTests
{
    private const int Callers = 4;
    private const int Requests = 1000;

    [Theory]
    [InlineData(1, RoutingStrategies.RoundRobin)]
    [InlineData(2, RoutingStrategies.LeastConnections)]
    [InlineData(3, RoutingStrategies.PowerOfTwo)]
    [InlineData(4, RoutingStrategies.ConsistentHash)]
    public async Task Enter_UnderEveryChange_NeverGivesTheRemovedAndCountsEndAtZero(int seed, string strategy)
    {
        await using var harness = await StartAsync(All(strategy));
        var pool = harness.Pool;
        var wrong = 0;
        var given = 0;
        var all = new System.Collections.Concurrent.ConcurrentDictionary<Backend, bool>();

        var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var chance = new Random((seed * 100) + caller);
            Backend? named = null;
            for (var round = 0; round < Requests;)
            {
                var client = new IPAddress(chance.Next(1, 50));
                var pick = await pool.EnterAsync(
                    new PickRequest(named, (ulong)chance.Next(100), client), CancellationToken.None);
                if (pick.Backend is not { } backend)
                {
                    // Nobody may take it at this moment: the next change comes from another thread.
                    await Task.Yield();
                    continue;
                }

                round++;

                // Entered before it was drained and disposed: its connections stay good until it has left.
                if (((FakeConnections)backend.Invoker).IsDisposed)
                    Interlocked.Increment(ref wrong);
                Interlocked.Increment(ref given);
                all.TryAdd(backend, true);
                named = chance.Next(3) == 0 ? backend : named;
                var kind = chance.Next(4) == 0 ? AttemptKind.ConnectFailed : AttemptKind.Answered;
                backend.Observe(new AttemptResult(kind, chance.Next(2) == 0 ? 200 : 500, TimeSpan.FromMilliseconds(1)));
                if (chance.Next(4) == 0)
                    await Task.Yield();
                if (((FakeConnections)backend.Invoker).IsDisposed)
                    Interlocked.Increment(ref wrong);
                pool.Leave(backend);
            }
        })).ToArray();
        var ended = Task.WhenAll(callers).WaitAsync(TestSignal.Guard);
        await ChangeAsync(harness, strategy, new Random(seed), ended);
        await ended;

        wrong.ShouldBe(0);
        given.ShouldBe(Callers * Requests);
        all.Keys.ShouldAllBe(one => one.ActiveCount == 0);
        pool.Status().Waiting.ShouldBe(0);
    }

    private static PoolOptions All(string strategy, params int[] without) => Options(
        [.. Enumerable.Range(0, 5).Except(without).Select(one => Of($"{one}", one + 1, one == 0 ? 1 : null))]) with
    {
        Strategy = strategy,
        SlowStart = TimeSpan.FromSeconds(1),
        Outliers = new OutlierOptions { EjectionTime = TimeSpan.FromSeconds(1) },
        Drain = new DrainOptions { SessionIdle = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(3) },
    };

    private static async Task ChangeAsync(PoolHarness harness, string strategy, Random chance, Task until)
    {
        for (var change = 0; !until.IsCompleted; change++)
        {
            var id = chance.Next(5);
            switch (chance.Next(4))
            {
                case 0:
                    harness.SetHealth($"{id}", chance.Next(2) == 0);
                    break;
                case 1:
                    await harness.Pool.OrderAsync($"{id}", (BackendState)chance.Next(3));
                    break;
                case 2:
                    await harness.ApplyAsync(All(strategy, id, chance.Next(5)));
                    break;
                default:
                    await harness.ApplyAsync(All(strategy));
                    break;
            }

            harness.Time.Advance(TimeSpan.FromMilliseconds(chance.Next(2000)));
            await harness.SettleAsync();
        }
    }
}
