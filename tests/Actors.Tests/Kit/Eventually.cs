using System.Diagnostics;
using ActorBalancer.Testing;

namespace ActorBalancer.Actors.Tests.Kit;

/// <summary>
/// For the few states that nothing announces: gives the thread away until the condition holds. No time is waited for.
/// </summary>
internal static class Eventually
{
    internal static async Task TrueAsync(string what, Func<bool> condition)
    {
        var since = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(since) > TestSignal.Guard)
                throw new TimeoutException($"Waited {TestSignal.Guard} in vain until {what}.");
            await Task.Yield();
        }
    }
}
