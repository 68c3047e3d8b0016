using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Testing.Processes;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>Which servers are taken, which are refused, and with what words.</summary>
public sealed class RedisOpeningTests
{
    [Fact]
    public async Task Open_PolicyThatThrowsTasksAway_IsRefused()
    {
        await using var server = await RedisServer.StartAsync("--maxmemory-policy", "allkeys-lru");

        var refusal = await RefusalAsync(new RedisOptions { Servers = [server.Address] });

        refusal.ShouldContain("allkeys-lru");
        refusal.ShouldContain("noeviction");
    }

    [Fact]
    public async Task Open_ConfigForbidden_LooksAtInfo()
    {
        await using var good = await RedisServer.StartAsync("--rename-command", "CONFIG", "");
        await (await RedisNode.OpenAsync(new RedisOptions { Servers = [good.Address] })).DisposeAsync();

        await using var bad = await RedisServer.StartAsync(
            "--rename-command", "CONFIG", "", "--maxmemory-policy", "volatile-ttl");
        (await RefusalAsync(new RedisOptions { Servers = [bad.Address] })).ShouldContain("volatile-ttl");
    }

    [Theory]
    [InlineData("no", "everysec", 4105)]
    [InlineData("yes", "everysec", 4106)]
    [InlineData("yes", "always", 0)]
    public async Task Open_AppendOnly_WarnsOfWhatMayBeLost(string appendOnly, string fsync, int warning)
    {
        await using var server = await RedisServer.StartAsync("--appendonly", appendOnly, "--appendfsync", fsync);
        var logger = new RecordingLogger();

        var options = new RedisOptions { Servers = [server.Address] };

        await (await RedisNode.OpenAsync(options, logger: logger)).DisposeAsync();

        logger.Entries.Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.EventId)
            .ShouldBe(warning == 0 ? [] : [warning]);
    }

    [Fact]
    public async Task Open_NoServer_IsSaid() =>
        (await RefusalAsync(new RedisOptions
        {
            Servers = ["127.0.0.1:1"],
            Timeout = TimeSpan.FromMilliseconds(500),
        })).ShouldContain("127.0.0.1:1");

    [Fact]
    public async Task Open_Password_IsUsed()
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "pa55 word,ssl=true");
        var options = new RedisOptions
        {
            Servers = [server.Address],
            Timeout = TimeSpan.FromSeconds(1),
        };

        await using (var node = await RedisNode.OpenAsync(options with { Password = "pa55 word,ssl=true" }))
            await node.Queue.EnqueueAsync(NewTask());

        await RefusalAsync(options);
        await RefusalAsync(options with { Password = "another" });
    }

    [Fact]
    public async Task Open_DatabaseAndPrefix_AreUsed()
    {
        await using var server = await RedisServer.StartAsync();
        var options = new RedisOptions { Servers = [server.Address], Database = 3, Prefix = "here" };

        await using var node = await RedisNode.OpenAsync(options);
        await node.Queue.EnqueueAsync(NewTask());

        (await server.CommandAsync("DBSIZE")).ShouldBe(":0");
        var names = await node.Store.Link.AskAsync(
            database => database.ScriptEvaluateAsync("#!lua\nreturn redis.call('KEYS', '*')"));
        ((string[])names!).ShouldAllBe(name => name.StartsWith("here:"));
    }

    [Fact]
    public async Task Open_KeyOfTheSaltTaken_IsRefused()
    {
        await using var server = await RedisServer.StartAsync();
        await server.CommandAsync("SET", "actorbalancer:salt", "short");

        (await RefusalAsync(new RedisOptions { Servers = [server.Address] })).ShouldContain("prefix");
    }

    [Fact]
    public void Queues_OfAnyName_LieInOneSlotEach()
    {
        QueueKey[] queues =
        [
            new("mail", 1), new("a/b", 1), new("{x}", -1), new("}{", 2), new("%7B", 3), new("", 4), new("é €", 5),
        ];
        var bases = queues.Select(queue => new RedisKeys("p").Of(queue).Base).ToArray();

        bases.ShouldBeUnique();
        foreach (var (queue, name) in queues.Zip(bases))
        {
            var keys = new RedisKeys("p").Of(queue);
            var id = NewTask().Id;
            string[] all =
            [
                keys.Pending, keys.Delayed, keys.Nodes, keys.Expire, keys.All, keys.Kept, keys.Gone, keys.Deliveries,
                keys.Holders, keys.Meta, keys.Task(id), keys.Run("n.1"), keys.Ended(TaskState.Dead), keys.Events(id),
                keys.Reply(id), name + ":line:{any}key", name + ":node:n.1",
            ];
            all.Select(HashTag).Distinct().ShouldHaveSingleItem().ShouldNotBeEmpty();
            RedisKeys.TryParseQueue(queue.ToString(), out var read).ShouldBeTrue();
            read.ShouldBe(queue);
        }

        // Redis Cluster specification, "Hash tags": what stands between the first { and the first } after it.
        static string HashTag(string key)
        {
            var open = key.IndexOf('{');
            return key[(open + 1)..key.IndexOf('}', open)];
        }
    }

    private static async Task<string> RefusalAsync(RedisOptions options)
    {
        await using var store = new RedisTaskStore(
            options, "a", BalancerKey, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        return (await Should.ThrowAsync<TaskStoreException>(
            async () => await store.OpenAsync(TestContext.Current.CancellationToken))).Message;
    }
}
