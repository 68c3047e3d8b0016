using System.Collections.Concurrent;
using ActorBalancer.Engine.Storage.Journal;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>Ciphers of one key for many threads: each is used by one at a time. Thread-safe.</summary>
/// <param name="balancerKey">The balancer's own key, not empty.</param>
/// <param name="salt">The salt that all nodes share.</param>
internal sealed class RedisCiphers(string balancerKey, byte[] salt) : IDisposable
{
    private readonly ConcurrentBag<WorkerKeyCipher> _idle = [];

    /// <summary>Works with a cipher that nobody else uses meanwhile.</summary>
    public TResult Use<TArgument, TResult>(TArgument argument, Func<WorkerKeyCipher, TArgument, TResult> work)
    {
        if (!_idle.TryTake(out var cipher))
            cipher = new WorkerKeyCipher(balancerKey, salt);
        try
        {
            return work(cipher, argument);
        }
        finally
        {
            _idle.Add(cipher);
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var cipher))
            cipher.Dispose();
    }
}
