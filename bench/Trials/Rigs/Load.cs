using System.Collections.Concurrent;

namespace ActorBalancer.Trials.Rigs;

/// <summary>A post and its answer.</summary>
internal sealed record PostRecord(DateTime PostedAt, DateTime AnsweredAt, int Status, bool HasRetryAfter);

/// <summary>Posts tasks as fast as the balancer takes them, half of them async, half with a webhook.</summary>
/// <param name="rig">Where to.</param>
internal sealed class Load(IRig rig)
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(20);

    private int _left;
    private int _refused;

    /// <summary>Answers that were neither 2xx nor a broken connection.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Every answer; null writes nothing down.</summary>
    public ConcurrentQueue<PostRecord>? Records { get; init; }

    /// <summary>Posts <paramref name="count"/> tasks over <paramref name="connections"/> connections.</summary>
    /// <param name="count">How many.</param>
    /// <param name="connections">Posts under way at a time.</param>
    /// <param name="stop">Ends the load early; a post under way is still awaited.</param>
    public async Task RunAsync(int count, int connections, CancellationToken stop)
    {
        _left = count;
        await Task
            .WhenAll(Enumerable.Range(0, connections).Select(
                connection => Task.Run(() => PostAllAsync(connection, stop), stop)))
            .ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    /// <summary>Posts one task and notes what comes back.</summary>
    /// <param name="isWebhook">True for mode webhook, false for async.</param>
    /// <param name="sleepMilliseconds">How long the worker sleeps; 0 for a greeting.</param>
    /// <param name="delayMilliseconds">Member <c>delay</c>.</param>
    /// <param name="headers">Further header lines.</param>
    public Task<Answer> PostAsync(
        bool isWebhook, int sleepMilliseconds, int delayMilliseconds = 0,
        params (string Name, string Value)[] headers) =>
        PostAsync(rig.Client, isWebhook, sleepMilliseconds, delayMilliseconds, headers);

    /// <summary>The same to a certain balancer.</summary>
    public async Task<Answer> PostAsync(
        BalancerClient client, bool isWebhook, int sleepMilliseconds, int delayMilliseconds,
        params (string Name, string Value)[] headers)
    {
        var entry = rig.Ledger.Add(isWebhook, TimeSpan.FromMilliseconds(delayMilliseconds));
        var answer = await client.PostAsync(Body(entry, sleepMilliseconds, delayMilliseconds), headers);
        Records?.Enqueue(new PostRecord(entry.PostedAt, DateTime.UtcNow, answer.Status, answer.RetryAfter is not null));
        if (answer.IsGood && answer.Text("taskId") is { } id)
            rig.Ledger.Acknowledge(entry, id);
        return answer;
    }

    private string Body(LedgerEntry entry, int sleepMilliseconds, int delayMilliseconds)
    {
        var function = sleepMilliseconds > 0 ? "sleep" : "hello";
        var input = sleepMilliseconds > 0 ? $"\"ms\":{sleepMilliseconds}" : "\"name\":\"trial\"";
        var mode = entry.IsWebhook ? $"\"webhook\",\"webhook\":{{\"url\":\"{rig.Receiver.Url}\"}}" : "\"async\"";
        var delay = delayMilliseconds > 0 ? $",\"delay\":{delayMilliseconds}" : "";
        return "{\"group\":\"hello\",\"contract\":1,\"function\":\"" + function + "\",\"mode\":" + mode + delay
            + ",\"input\":{" + input + ",\"id\":\"" + entry.Mark + "\"}}";
    }

    private async Task PostAllAsync(int connection, CancellationToken stop)
    {
        var client = rig.ClientOf(connection);
        while (!stop.IsCancellationRequested && Interlocked.Decrement(ref _left) is >= 0 and var number)
        {
            try
            {
                var answer = await PostAsync(client, number % 2 == 0, number % 3 == 0 ? 20 : 0, 0);
                if (answer.IsGood)
                    continue;
                Interlocked.Increment(ref _refused);
            }
            catch (Exception exception)
                when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                // Killed meanwhile: nobody knows whether the task was taken, and nobody was told that it was.
            }

            await Task.Delay(Rest, CancellationToken.None);
        }
    }
}
