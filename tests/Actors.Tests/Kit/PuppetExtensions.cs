using ActorBalancer.Testing;

namespace ActorBalancer.Actors.Tests.Kit;

/// <summary>Shorter ways to move a puppet.</summary>
internal static class PuppetExtensions
{
    /// <summary>Tells the puppet to do something, without waiting.</summary>
    internal static void Do(this ActorRef<Act> puppet, Action<Puppet> action) => puppet.Tell(self =>
    {
        action(self);
        return default;
    });

    /// <summary>Tells the puppet to fail.</summary>
    internal static void Fail(this ActorRef<Act> puppet, string message) =>
        puppet.Tell(_ => throw new PuppetException(message));

    /// <summary>Asks the puppet for something it finds out on its turn; also a barrier for all told before.</summary>
    internal static async Task<TResult> GetAsync<TResult>(this ActorRef<Act> puppet, Func<Puppet, TResult> get)
    {
        var source = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        puppet.Tell(self =>
        {
            try
            {
                source.SetResult(get(self));
            }
            catch (Exception exception)
            {
                source.SetException(exception);
            }

            return default;
        });
        return await source.Task.WaitAsync(TestSignal.Guard);
    }

    /// <summary>Waits until the puppet has handled all that it was told before.</summary>
    internal static Task SettleAsync(this ActorRef<Act> puppet) => puppet.GetAsync(static _ => true);

    /// <summary>Stops the puppet in its tracks until the signal is set.</summary>
    internal static async Task<TestSignal> HoldAsync(this ActorRef<Act> puppet)
    {
        var held = new TestSignal($"{puppet} to be held");
        var release = new TestSignal($"{puppet} to be released");
        puppet.Tell(async _ =>
        {
            held.Set();
            await release.WaitAsync();
        });
        await held.WaitAsync();
        return release;
    }
}
