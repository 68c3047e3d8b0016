using System.Diagnostics;
using ActorBalancer.Actors;

namespace ActorBalancer.Micro.Actors;

/// <summary>From the first spawn of many actors, each started, to the end of the last.</summary>
internal static class SpawnBench
{
    internal static async Task<double> SecondsAsync(int actors)
    {
        GC.Collect();
        var names = Enumerable.Range(0, actors).Select(i => $"actor-{i}").ToArray();
        var system = new ActorSystem("bench");
        var countdown = new Countdown(actors);
        var props = Props.Create(() => new IdleActor(countdown));
        var start = Stopwatch.GetTimestamp();
        foreach (var name in names) system.Spawn(props, name);
        await countdown.Done;
        await system.TerminateAsync();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
