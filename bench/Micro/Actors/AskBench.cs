using System.Diagnostics;
using ActorBalancer.Actors;

namespace ActorBalancer.Micro.Actors;

/// <summary>One ask after the other, each with its reply and its time-out.</summary>
internal static class AskBench
{
    private const int Asks = 200_000;

    internal static Task<double> MicrosecondsAsync() => MeasureAsync(
        static () => Stopwatch.GetTimestamp(), static start => Stopwatch.GetElapsedTime(start).TotalMicroseconds);

    internal static Task<double> AllocatedBytesAsync() => MeasureAsync(
        static () => GC.GetTotalAllocatedBytes(precise: true),
        static start => GC.GetTotalAllocatedBytes(precise: true) - start);

    private static async Task<double> MeasureAsync(Func<long> begin, Func<long, double> end)
    {
        await using var system = new ActorSystem("bench");
        var actor = system.Spawn(Props.Create(() => new Echo()), "echo");
        // On the pool, as the callers in an application are.
        return await Task.Run(async () =>
        {
            var start = begin();
            for (var i = 0; i < Asks; i++)
            {
                await actor.AskAsync<int, int>(
                    i, static (number, reply) => new Request(number, reply), TimeSpan.FromSeconds(30));
            }

            return end(start) / Asks;
        });
    }

    private sealed record Request(int Number, ActorRef<int> Reply);

    private sealed class Echo : Actor<Request>
    {
        protected override ValueTask OnReceiveAsync(Request message)
        {
            message.Reply.Tell(message.Number);
            return default;
        }
    }
}
