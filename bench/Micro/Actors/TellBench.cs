using System.Diagnostics;
using System.Threading.Channels;
using ActorBalancer.Actors;

namespace ActorBalancer.Micro.Actors;

/// <summary>Messages a second from the first send to the last handling, in millions.</summary>
internal static class TellBench
{
    private const int Messages = 2_000_000;

    /// <summary>Sent again and again: the cost of making messages is not what is measured.</summary>
    private static readonly object Message = new();

    internal static async Task<double> ActorAsync(int producers)
    {
        await using var system = new ActorSystem("bench");
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var actor = system.Spawn(Props.Create(() => new Counter(Messages, done)), "counter");
        return await RunAsync(
            producers,
            count =>
            {
                for (var i = 0; i < count; i++) actor.Tell(Message);
            },
            done.Task);
    }

    internal static async Task<double> ChannelAsync(int producers)
    {
        var channel = Channel.CreateUnbounded<object>(
            new UnboundedChannelOptions { SingleReader = true, SingleWriter = producers == 1 });
        var reading = Task.Run(async () =>
        {
            var left = Messages;
            while (await channel.Reader.WaitToReadAsync())
            {
                while (channel.Reader.TryRead(out _))
                {
                    if (--left == 0) return;
                }
            }
        });
        return await RunAsync(
            producers,
            count =>
            {
                for (var i = 0; i < count; i++) channel.Writer.TryWrite(Message);
            },
            reading);
    }

    private static async Task<double> RunAsync(int producers, Action<int> send, Task done)
    {
        GC.Collect();
        using var barrier = new Barrier(producers + 1);
        var threads = Enumerable.Range(0, producers).Select(_ => new Thread(() =>
        {
            barrier.SignalAndWait();
            send(Messages / producers);
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        barrier.SignalAndWait();
        var start = Stopwatch.GetTimestamp();
        await done;
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        foreach (var thread in threads) thread.Join();
        return Messages / seconds / 1e6;
    }

    private sealed class Counter(int messages, TaskCompletionSource done) : Actor<object>
    {
        private int _left = messages;

        protected override ValueTask OnReceiveAsync(object message)
        {
            if (--_left == 0) done.SetResult();
            return default;
        }
    }
}
