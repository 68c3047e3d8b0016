using System.Diagnostics;
using ActorBalancer.Actors;

namespace ActorBalancer.Micro.Actors;

/// <summary>One ask after the other, each with its reply and its time-out.</summary>
internal static class AskBench
{
    private const int Asks = 200_000;

    internal static async Task<double> MicrosecondsAsync()
    {
        await using var system = new ActorSystem("bench");
        var actor = system.Spawn(Props.Create(() => new Echo()), "echo");
        // On the pool, as the callers in an application are.
        return await Task.Run(async () =>
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Asks; i++)
            {
                await actor.AskAsync<int, int>(
                    i, static (number, reply) => new Request(number, reply), TimeSpan.FromSeconds(30));
            }

            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / Asks;
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
