using System.Security.Cryptography;
using ActorBalancer.Engine.Storage.Journal;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>What a node gets from Redis when it opens the store.</summary>
internal static class RedisIdentity
{
    /// <summary>The salt of all nodes, and a number that no life of any node had before.</summary>
    public static async Task<(byte[] Salt, long Epoch)> ClaimAsync(RedisLink link, RedisKeys keys)
    {
        var fresh = RandomNumberGenerator.GetBytes(WorkerKeyCipher.SaltBytes);
        await link.AskAsync(database => database.StringSetAsync(
            keys.Salt, fresh, when: StackExchange.Redis.When.NotExists));
        var salt = (byte[]?)await link.AskAsync(database => database.StringGetAsync(keys.Salt));
        if (salt is not { Length: WorkerKeyCipher.SaltBytes })
        {
            throw new TaskStoreException(
                $"The key '{keys.Salt}' in Redis is {salt?.Length ?? 0} bytes long instead of "
                + $"{WorkerKeyCipher.SaltBytes}: something else writes under the same prefix. Choose another prefix.");
        }

        return (salt, await link.AskAsync(database => database.StringIncrementAsync(keys.Epoch)));
    }
}
