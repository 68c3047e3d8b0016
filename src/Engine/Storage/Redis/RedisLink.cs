using System.Globalization;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>
/// The connection to Redis: one for commands, one for subscriptions, both made again by themselves. Thread-safe. All
/// that fails, fails with <see cref="TaskStoreException"/> within <see cref="RedisOptions.Timeout"/>, and at once
/// while the link is known to be down.
/// </summary>
internal sealed partial class RedisLink : IAsyncDisposable
{
    /// <summary>Time between two signs of life.</summary>
    private static readonly TimeSpan BeatPeriod = TimeSpan.FromSeconds(1);

    /// <summary>Measures of the clock of which the best counts: the one that came back fastest.</summary>
    private const int ClockMeasures = 10;

    /// <summary>Milliseconds behind the best measure from which on it is another clock: that of a new primary, or one
    /// that was set back.</summary>
    private const long ClockJump = 2000;

    private readonly RedisOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConnectionMultiplexer _connections;
    private readonly ConnectionMultiplexer? _durable; // null when no replica is waited for
    private readonly RedisSignIn? _signIn; // null when the client signs in itself
    private readonly long _startTimestamp;
    private readonly Lock _clockGate = new();
    private readonly Queue<long> _measures = []; // guarded by _clockGate
    private readonly ITimer _beats;
    private long _startMilliseconds;
    private long _commands;
    private int _beating;
    private int _searching;
    private volatile string? _trouble; // why it is not healthy; null while it is
    private volatile bool _isDown; // no answer comes at all
    private volatile bool _isClosed;

    private RedisLink(
        RedisOptions options, TimeProvider time, ILogger logger, ConnectionMultiplexer connections,
        ConnectionMultiplexer? durable, RedisSignIn? signIn)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _connections = connections;
        _durable = durable;
        _signIn = signIn;
        _startTimestamp = time.GetTimestamp();
        _connections.ConnectionFailed += (_, _) => _ = BeatAsync();
        _connections.ConnectionRestored += (_, _) => _ = BeatAsync();
        _beats = time.CreateTimer(
            static link => _ = ((RedisLink)link!).BeatAsync(), this, BeatPeriod, BeatPeriod);
    }

    /// <summary>What all keys and channels begin with.</summary>
    public string Prefix => _options.Prefix;

    /// <summary>True while commands are answered and changes are taken.</summary>
    public bool IsHealthy => _trouble is null;

    /// <summary>Why it is not healthy; null while it is.</summary>
    public string? Trouble => _trouble;

    /// <summary>Told when <see cref="IsHealthy"/> changes, with the reason. Set before anything can happen.</summary>
    public Action<bool, string> HealthChanged { get; set; } = static (_, _) => { };

    /// <summary>Commands sent so far; a script is one.</summary>
    public long Commands => Interlocked.Read(ref _commands);

    /// <summary>Redis' clock in Unix milliseconds, never ahead of it.</summary>
    public long NowMilliseconds =>
        Volatile.Read(ref _startMilliseconds) + (long)_time.GetElapsedTime(_startTimestamp).TotalMilliseconds;

    /// <summary>Connects and reads the clock.</summary>
    /// <exception cref="TaskStoreException">No server answers, or the answer is one that cannot be worked with.
    /// </exception>
    public static async Task<RedisLink> ConnectAsync(RedisOptions options, TimeProvider time, ILogger logger)
    {
        var signIn = RedisSignIn.Open(options);
        RedisLink? link = null;
        try
        {
            var connections = await ConnectClientAsync(options, signIn);
            var durable = options.WaitReplicas > 0 ? await ConnectClientAsync(options, signIn) : null;
            link = new RedisLink(options, time, logger, connections, durable, signIn);
            await link.ReadClockAsync();
            return link;
        }
        catch (TaskStoreException)
        {
            await (link?.DisposeAsync() ?? signIn?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw;
        }
    }

    /// <summary>Runs a script; its keys must lie in one slot.</summary>
    public async Task<RedisResult> RunAsync(RedisScript script, RedisKey[] keys, params RedisValue[] arguments)
    {
        try
        {
            return await AskAsync(database => database.ScriptEvaluateAsync(script.Hash, keys, arguments));
        }
        catch (RedisFailure failure) when (IsUnknownScript(failure))
        {
            // Redis forgets scripts when it starts again; a new primary may never have known them.
            await AskAsync(database => database.ExecuteAsync("SCRIPT", "LOAD", script.Text));
            return await AskAsync(database => database.ScriptEvaluateAsync(script.Hash, keys, arguments));
        }
    }

    /// <summary>Runs a script, and completes when its changes are on so many replicas.</summary>
    /// <exception cref="TaskStoreException">It failed, or too few replicas have it in time: then it was done all the
    /// same.</exception>
    public async Task<RedisResult> RunDurablyAsync(
        RedisScript script, RedisKey[] keys, RedisValue[] arguments, int replicas)
    {
        try
        {
            return await RunAndWaitAsync(script, keys, arguments, replicas);
        }
        catch (RedisFailure failure) when (IsUnknownScript(failure))
        {
            await AskDurableAsync(database => database.ExecuteAsync("SCRIPT", "LOAD", script.Text));
            return await RunAndWaitAsync(script, keys, arguments, replicas);
        }
    }

    /// <summary>Asks the database.</summary>
    public Task<T> AskAsync<T>(Func<IDatabase, Task<T>> ask)
    {
        return _isDown && _trouble is { } trouble
            ? Task.FromException<T>(new RedisFailure(RedisTrouble.Away, trouble, null))
            : AskAnywayAsync(ask);
    }

    /// <summary>Listens to a channel until the end. The handler runs on a thread of the connection, in order.</summary>
    public async Task SubscribeAsync(string channel, Action<byte[]> handler)
    {
        try
        {
            await _connections.GetSubscriber()
                .SubscribeAsync(channel, (_, message) => handler(message!))
                .WaitAsync(_options.Timeout, _time);
        }
        catch (Exception exception) when (IsTrouble(exception))
        {
            throw RedisFailure.Of(exception, _options);
        }
    }

    /// <summary>Sends to whoever listens; nobody knows whether anybody does.</summary>
    public async Task PublishAsync(string channel, ReadOnlyMemory<byte> message) =>
        await AskAsync(database => database.PublishAsync(channel, message.ToArray()));

    /// <summary>Measures the difference of the clocks anew.</summary>
    public async Task ReadClockAsync()
    {
        var answer = (RedisResult[]?)await AskAnywayAsync(static database => database.ExecuteAsync("TIME"));
        var seconds = long.Parse((string)answer![0]!, CultureInfo.InvariantCulture);
        var micros = long.Parse((string)answer[1]!, CultureInfo.InvariantCulture);

        // As if the answer had taken no time: the clock is then a little behind, never ahead. The measure that makes it
        // the latest is the best one; old ones go, because clocks drift and are set.
        var elapsed = (long)_time.GetElapsedTime(_startTimestamp).TotalMilliseconds;
        lock (_clockGate)
        {
            var measure = (seconds * 1000) + (micros / 1000) - elapsed;
            if (_measures.Count > 0 && measure < _measures.Max() - ClockJump)
                _measures.Clear();
            _measures.Enqueue(measure);
            if (_measures.Count > ClockMeasures)
                _measures.Dequeue();
            Volatile.Write(ref _startMilliseconds, _measures.Max());
        }
    }

    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        await _beats.DisposeAsync();
        await CloseAsync(_connections);
        if (_durable is not null)
            await CloseAsync(_durable);
        if (_signIn is not null)
            await _signIn.DisposeAsync();
    }

    private async Task CloseAsync(ConnectionMultiplexer connections)
    {
        try
        {
            await connections.CloseAsync().WaitAsync(_options.Timeout, TimeProvider.System);
        }
        catch (Exception exception) when (IsTrouble(exception))
        {
            // It is to end anyway.
        }

        connections.Dispose();
    }

    private static async Task<ConnectionMultiplexer> ConnectClientAsync(RedisOptions options, RedisSignIn? signIn)
    {
        try
        {
            return await ConnectionMultiplexer.ConnectAsync(RedisConfiguration.Of(options, signIn));
        }
        catch (Exception exception) when (
            IsTrouble(exception) || exception is ArgumentException)
        {
            throw RedisFailure.Of(exception, options);
        }
    }

    private static bool IsUnknownScript(RedisFailure failure) =>
        failure.InnerException?.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal) == true;

    // The client says InvalidOperationException (and what derives from it) when a connection ends under a command.
    private static bool IsTrouble(Exception exception) =>
        exception is RedisException or TimeoutException or InvalidOperationException or RedisCommandException;

    /// <summary>WAIT speaks of what its own connection wrote: it must be the same before and after.</summary>
    private async Task<RedisResult> RunAndWaitAsync(
        RedisScript script, RedisKey[] keys, RedisValue[] arguments, int replicas)
    {
        var before = AskDurableAsync(static database => database.ExecuteAsync("CLIENT", "ID"));
        var result = AskDurableAsync(database => database.ScriptEvaluateAsync(script.Hash, keys, arguments));
        var patience = Math.Max((long)(_options.Timeout.TotalMilliseconds / 2), 1);
        var wait = AskDurableAsync(database => database.ExecuteAsync("WAIT", replicas, patience));
        var after = AskDurableAsync(static database => database.ExecuteAsync("CLIENT", "ID"));
        await Task.WhenAll(before, result, wait, after);
        var count = (int)await wait;
        if (count < replicas || (long)await before != (long)await after)
        {
            throw new RedisFailure(
                RedisTrouble.Unwilling,
                $"Only {count} of the {replicas} replicas that must have a task confirmed it in time; it may run all "
                + "the same.",
                null);
        }

        return await result;
    }

    // It waits for replicas, and all that comes behind on a connection waits with it: so it has one of its own.
    private Task<T> AskDurableAsync<T>(Func<IDatabase, Task<T>> ask) => AskAsync(ask, _durable ?? _connections);

    private Task<T> AskAnywayAsync<T>(Func<IDatabase, Task<T>> ask) => AskAsync(ask, _connections);

    private async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> ask, ConnectionMultiplexer connections)
    {
        Interlocked.Increment(ref _commands);
        RedisMetrics.Commands.Add(1);
        try
        {
            return await ask(connections.GetDatabase()).WaitAsync(_options.Timeout, _time);
        }
        catch (Exception exception) when (IsTrouble(exception))
        {
            var failure = RedisFailure.Of(exception, _options);
            if (failure.IsReadOnly)
                _ = FindPrimaryAsync();
            throw failure;
        }
    }

    /// <summary>A sign of life: does Redis answer, and does it take changes?</summary>
    private async Task BeatAsync()
    {
        if (_isClosed || Interlocked.Exchange(ref _beating, 1) != 0)
            return;
        try
        {
            await ReadClockAsync();
            _isDown = false;
            await AskAnywayAsync(database => database.ScriptEvaluateAsync(BeatScript));
            Note(null);
        }
        catch (RedisFailure failure)
        {
            _isDown = failure.Trouble == RedisTrouble.Away;
            Note(failure.Message);
            if (_isDown)
                _ = FindPrimaryAsync();
        }
        finally
        {
            Volatile.Write(ref _beating, 0);
        }
    }

    private void Note(string? trouble)
    {
        var before = _trouble;
        _trouble = trouble;
        if (_isClosed || (before is null) == (trouble is null))
            return;
        if (trouble is null)
            LogBack(_logger);
        else
            LogTrouble(_logger, trouble);
        HealthChanged(trouble is null, trouble ?? "Redis answers again.");
    }

    /// <summary>Looks which of the servers is the primary now.</summary>
    private async Task FindPrimaryAsync()
    {
        if (_isClosed || _options.Servers.Count < 2 || Interlocked.Exchange(ref _searching, 1) != 0)
            return;
        try
        {
            await _connections.ConfigureAsync().WaitAsync(_options.Timeout, _time);
            if (_durable is not null)
                await _durable.ConfigureAsync().WaitAsync(_options.Timeout, _time);
        }
        catch (Exception exception) when (IsTrouble(exception))
        {
            // The next sign of life tries again.
        }
        finally
        {
            Volatile.Write(ref _searching, 0);
        }
    }

    // Changes nothing, but may: Redis refuses it when it takes no changes.
    private const string BeatScript = "#!lua\nreturn 1";

    [LoggerMessage(4101, LogLevel.Error, "Redis: {Trouble}")]
    private static partial void LogTrouble(ILogger logger, string trouble);

    [LoggerMessage(4102, LogLevel.Information, "Redis answers again.")]
    private static partial void LogBack(ILogger logger);
}
