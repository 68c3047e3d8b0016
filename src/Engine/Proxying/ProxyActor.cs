using ActorBalancer.Actors;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Engine.Proxying;

/// <summary>Supervises one actor for each pool. A pool that fails goes on with the state it has: it must not forget who
/// was drained, ejected or ordered down.</summary>
internal sealed class ProxyActor(ProxyContext proxy) : Actor<ProxyMessage>
{
    private int _made;

    protected override SupervisorStrategy SupervisorStrategy { get; } = EngineSupervision.Resume;

    protected override ValueTask OnReceiveAsync(ProxyMessage message)
    {
        if (message is ApplyProxy order)
        {
            try
            {
                order.Applied.SetResult(Apply(order.Options));
            }
            catch (Exception exception)
            {
                order.Applied.SetException(exception);
            }
        }

        return ValueTask.CompletedTask;
    }

    private Task Apply(ProxyOptions options)
    {
        var before = proxy.Pools.ToDictionary(static pool => pool.Name, StringComparer.Ordinal);
        var pools = new List<ProxyPool>();
        var checks = new List<Task>();
        foreach (var wanted in options.Pools)
        {
            if (!before.Remove(wanted.Name, out var pool))
                pool = Add(wanted);
            pools.Add(pool);
            checks.Add(Configure(pool, wanted));
        }

        proxy.Pools = pools;
        foreach (var gone in before.Values)
        {
            ProxyLog.PoolRemoved(proxy.Logger, gone.Name);

            // Taken in at once; it ends by itself when the last of its backends is drained.
            checks.Add(Configure(gone, null));
        }

        return Task.WhenAll(checks);
    }

    private ProxyPool Add(PoolOptions options)
    {
        var pool = new ProxyPool(options, proxy.Time);

        // A removed pool of the same name may still be draining under it.
        var isFree = Context.Children.All(child => child.Name != options.Name);
        pool.Actor = Context.Spawn(
            Props.Create(() => new PoolActor(proxy, pool)), isFree ? options.Name : $"{options.Name}~{++_made}");
        ProxyLog.PoolAdded(proxy.Logger, options.Name);
        return pool;
    }

    private static Task Configure(ProxyPool pool, PoolOptions? options)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        pool.Actor.Tell(new ConfigurePool(options, done));
        return done.Task;
    }
}
