using ActorBalancer.Actors;

namespace ActorBalancer.Micro.Actors;

/// <summary>Bytes of the heap that one started actor holds, its name and its place under the parent included.</summary>
internal static class IdleBench
{
    internal static async Task<double> BytesAsync(int actors, int messages)
    {
        await using var system = new ActorSystem("bench");
        var started = new Countdown(actors);
        var props = Props.Create(() => new IdleActor(started));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var refs = new ActorRef<Countdown>[actors];
        for (var i = 0; i < actors; i++) refs[i] = system.Spawn(props, $"actor-{i}");
        await started.Done;
        for (var i = 0; i < messages; i++)
        {
            var handled = new Countdown(actors);
            foreach (var actor in refs) actor.Tell(handled);
            await handled.Done;
        }

        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before - ((long)actors * IntPtr.Size);
        GC.KeepAlive(refs);
        return (double)bytes / actors;
    }
}
