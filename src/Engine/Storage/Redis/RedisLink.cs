using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>
/// The connection to Redis: one for commands, one for subscriptions, both made again by themselves. Thread-safe. All
/// that fails, fails with <see cref="TaskStoreException"/> within <see cref="RedisOptions.Timeout"/>.
/// </summary>
internal sealed class RedisLink : IAsyncDisposable
{
    private readonly RedisOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConnectionMultiplexer _connections;
    private readonly long _startTimestamp;
    private long _startMilliseconds;

    private RedisLink(RedisOptions options, TimeProvider time, ILogger logger, ConnectionMultiplexer connections)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _connections = connections;
        _startTimestamp = time.GetTimestamp();
    }

    /// <summary>What all keys and channels begin with.</summary>
    public string Prefix => _options.Prefix;

    /// <summary>True while commands are answered.</summary>
    public bool IsHealthy => _connections.IsConnected;

    /// <summary>Redis' clock in Unix milliseconds, never ahead of it.</summary>
    public long NowMilliseconds =>
        Volatile.Read(ref _startMilliseconds) + (long)_time.GetElapsedTime(_startTimestamp).TotalMilliseconds;

    /// <summary>Connects and reads the clock.</summary>
    /// <exception cref="TaskStoreException">No server answers, or the answer is one that cannot be worked with.
    /// </exception>
    public static async Task<RedisLink> ConnectAsync(RedisOptions options, TimeProvider time, ILogger logger)
    {
        var configuration = new ConfigurationOptions
        {
            AbortOnConnectFail = false,
            AllowAdmin = false,
            ConnectTimeout = (int)options.Timeout.TotalMilliseconds,
            SyncTimeout = (int)options.Timeout.TotalMilliseconds,
            DefaultDatabase = options.Database,
            Password = options.Password,
            Ssl = options.UseTls,
        };
        foreach (var server in options.Servers)
            configuration.EndPoints.Add(server);
        var connections = await ConnectionMultiplexer.ConnectAsync(configuration);
        var link = new RedisLink(options, time, logger, connections);
        await link.ReadClockAsync();
        return link;
    }

    /// <summary>Runs a script; its keys must lie in one slot.</summary>
    public Task<RedisResult> RunAsync(RedisScript script, RedisKey[] keys, params RedisValue[] arguments) =>
        AskAsync(database => database.ScriptEvaluateAsync(script.Text, keys, arguments));

    /// <summary>Asks the database.</summary>
    public async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> ask)
    {
        try
        {
            return await ask(_connections.GetDatabase()).WaitAsync(_options.Timeout, _time);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            throw new TaskStoreException($"Redis: {exception.Message}", exception);
        }
    }

    /// <summary>Listens to a channel until the end. The handler runs on a thread of the connection, in order.</summary>
    public async Task SubscribeAsync(string channel, Action<byte[]> handler) =>
        await _connections.GetSubscriber().SubscribeAsync(channel, (_, message) => handler(message!));

    /// <summary>Sends to whoever listens; nobody knows whether anybody does.</summary>
    public async Task PublishAsync(string channel, ReadOnlyMemory<byte> message) =>
        await AskAsync(database => database.PublishAsync(channel, message.ToArray()));

    /// <summary>Measures the difference of the clocks anew.</summary>
    public async Task ReadClockAsync()
    {
        var answer = (RedisResult[]?)await AskAsync(static database => database.ExecuteAsync("TIME"));
        var seconds = long.Parse((string)answer![0]!, CultureInfo.InvariantCulture);
        var micros = long.Parse((string)answer[1]!, CultureInfo.InvariantCulture);

        // As if the answer had taken no time: the clock is then a little behind, never ahead.
        var elapsed = (long)_time.GetElapsedTime(_startTimestamp).TotalMilliseconds;
        Volatile.Write(ref _startMilliseconds, (seconds * 1000) + (micros / 1000) - elapsed);
    }

    public async ValueTask DisposeAsync()
    {
        await _connections.CloseAsync();
        _connections.Dispose();
    }
}
