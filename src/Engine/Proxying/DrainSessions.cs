using System.Collections.Concurrent;
using System.Net;

namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// The clients that still come to a draining backend. Made when a drain begins, so that nothing is kept of the clients
/// of backends that do not drain. Any thread.
/// </summary>
/// <param name="idle">How long a client counts after its last request.</param>
/// <param name="lastBefore">When the last request before the drain came; null: there was none. Until
/// <paramref name="idle"/> after it, those of before count as one session, because nobody knows how many they are.
/// </param>
/// <param name="time">The clock.</param>
internal sealed class DrainSessions(TimeSpan idle, long? lastBefore, TimeProvider time)
{
    /// <summary>Clients that are told apart; further ones count only while their requests run. Source: ours; about
    /// 10 MB.</summary>
    internal const int ClientsMax = 100_000;

    private readonly ConcurrentDictionary<IPAddress, long> _clients = new();
    private int _count;

    /// <summary>A client has come.</summary>
    public void See(IPAddress? client, long timestamp)
    {
        if (client is null)
            return;
        while (true)
        {
            if (_clients.TryGetValue(client, out var seen))
            {
                // Swept meanwhile, it has to be counted again: so never added but by TryAdd.
                if (seen >= timestamp || _clients.TryUpdate(client, timestamp, seen))
                    return;
            }
            else if (Volatile.Read(ref _count) >= ClientsMax)
            {
                return;
            }
            else if (_clients.TryAdd(client, timestamp))
            {
                Interlocked.Increment(ref _count);
                return;
            }
        }
    }

    /// <summary>Clients that count now.</summary>
    public int Count(long timestamp)
    {
        var count = lastBefore is { } last && time.GetElapsedTime(last, timestamp) < idle ? 1 : 0;
        foreach (var (_, seen) in _clients)
        {
            if (time.GetElapsedTime(seen, timestamp) < idle)
                count++;
        }

        return count;
    }

    /// <summary>Forgets those that count no more.</summary>
    public void Sweep(long timestamp)
    {
        foreach (var client in _clients)
        {
            // Only as it was seen: a client that comes back meanwhile stays.
            if (time.GetElapsedTime(client.Value, timestamp) >= idle && _clients.TryRemove(client))
                Interlocked.Decrement(ref _count);
        }
    }
}
