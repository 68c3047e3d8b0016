using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.Engine.Tests;

/// <summary>Engines whose time goes on by the test's word alone.</summary>
internal static class ManualClock
{
    private static readonly TimeSpan Long = TimeSpan.FromDays(1);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(DeadlineWheel.TickMilliseconds);

    /// <summary>Starts an engine on the clock and waits until its workers serve.</summary>
    public static async Task<EngineHarness> StartEngineAsync(
        this ManualTimeProvider time,
        FakeWorker worker,
        Func<EngineOptions, EngineOptions>? change = null,
        ITaskStore? store = null)
    {
        // The clock runs faster than sockets on a busy machine: what times a worker's answers must not run out by it,
        // unless the test is about that.
        var starting = EngineHarness.StartAsync(
            [worker],
            options =>
            {
                options = options with
                {
                    DiscoveryTimeout = Long,
                    HeartbeatInterval = Long,
                    HeartbeatTimeout = Long,
                };
                return change?.Invoke(options) ?? options;
            },
            time,
            store);

        // The first ping waits for the clock too.
        time.AdvanceUntil(starting, TimeSpan.FromMilliseconds(50));
        return await starting;
    }

    /// <summary>Goes on until a task has ended.</summary>
    public static async Task<TaskSnapshot> AdvanceToEndAsync(
        this ManualTimeProvider time, EngineHarness harness, TaskId id, TimeSpan step)
    {
        var end = harness.EndOfAsync(id);

        // Questions are answered in order: after this one the wait is in place, and no question waits on the clock that
        // now runs.
        await harness.FindAsync(id);
        time.AdvanceUntil(end, step);
        return await end;
    }

    /// <summary>Goes on in ticks, as real time does: each is a message that the actor answers before the
    /// next.</summary>
    public static void AdvanceInTicks(this ManualTimeProvider time, TimeSpan by)
    {
        for (var left = by; left > TimeSpan.Zero; left -= Tick)
            time.Advance(left < Tick ? left : Tick);
    }

    /// <summary>Goes on until <paramref name="done"/>: what is awaited happens on other threads.</summary>
    public static void AdvanceUntil(this ManualTimeProvider time, Task done, TimeSpan step)
    {
        for (var i = 0; i < 100_000 && !done.IsCompleted; i++)
        {
            time.Advance(step);
            done.Wait(TimeSpan.FromMilliseconds(1));
        }
    }
}
