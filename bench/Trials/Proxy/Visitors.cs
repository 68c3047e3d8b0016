using System.Diagnostics;
using System.Globalization;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Proxy;

/// <summary>
/// Clients that ask a proxy at a fixed pace, each over one connection: half hold the cookie that they were given, half
/// are strangers with every request. They note who answered. Thread-safe.
/// </summary>
/// <param name="port">The proxy's port.</param>
/// <param name="backends">Backends, with ids from 1.</param>
/// <param name="ratePerSecond">Requests of all together.</param>
internal sealed class Visitors(int port, int backends, int ratePerSecond)
{
    private const int Count = 64;
    private const int SecondsMax = 600;
    private const int FaultsShown = 5;

    private readonly int[,] _strangers = new int[SecondsMax, backends + 1];
    private readonly List<string> _faults = [];
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _answered;
    private int _failed;
    private int _moved;
    private int _hadToMove;

    /// <summary>The backend whose holders may move; 0 for none.</summary>
    public int Victim { get; set; }

    /// <summary>Good answers.</summary>
    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Requests without one.</summary>
    public int Failed => Volatile.Read(ref _failed);

    /// <summary>Holders of a cookie that were answered by another backend although theirs was well.</summary>
    public int Moved => Volatile.Read(ref _moved);

    /// <summary>Holders that moved since theirs was gone.</summary>
    public int HadToMove => Volatile.Read(ref _hadToMove);

    /// <summary>Whole seconds since the start.</summary>
    public int Second => (int)Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>The first failures.</summary>
    public IReadOnlyList<string> Faults
    {
        get
        {
            lock (_faults)
                return [.. _faults];
        }
    }

    /// <summary>Asks until it is told to stop.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, Count)
        .Select(number => Task.Run(() => VisitAsync(number, stop), CancellationToken.None)));

    /// <summary>Which part of the strangers a backend got in a second, 0 to 1.</summary>
    public double Share(int second, int id)
    {
        var all = 0;
        for (var other = 1; other <= backends; other++)
            all += Volatile.Read(ref _strangers[second, other]);
        return all == 0 ? 0 : (double)Volatile.Read(ref _strangers[second, id]) / all;
    }

    private async Task VisitAsync(int number, CancellationToken stop)
    {
        var interval = TimeSpan.FromSeconds((double)Count / ratePerSecond);
        var next = interval * ((double)number / Count);
        // An even number holds a cookie, of the backends in turn; the others hold none.
        var home = number % 2 == 0 ? 1 + (number / 2 % backends) : 0;
        RawConnection? connection = null;
        while (!stop.IsCancellationRequested)
        {
            var early = next - Stopwatch.GetElapsedTime(_start);
            if (early > TimeSpan.Zero)
                await Task.Delay(early, CancellationToken.None);
            next += interval;
            try
            {
                connection ??= await RawConnection.OpenAsync(port);
                var answer = await connection.GetAsync("/", home == 0 ? null : ProxyRig.CookieOf(home));
                home = Note(answer, home);
                if (answer.Header("Connection") != "close")
                    continue;
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException)
            {
                Fail(exception.Message);
            }

            connection?.Dispose();
            connection = null;
        }

        connection?.Dispose();
    }

    // Returns the home from now on.
    private int Note(RawAnswer answer, int home)
    {
        if (answer.Status != 200)
        {
            Fail($"{answer.Status} {answer.Body}");
            return home;
        }

        Interlocked.Increment(ref _answered);
        var id = int.Parse(answer.Body, CultureInfo.InvariantCulture);
        if (home == 0)
        {
            Interlocked.Increment(ref _strangers[Second, id]);
            return 0;
        }

        if (id == home)
            return home;
        if (home == Victim)
        {
            Interlocked.Increment(ref _hadToMove);
        }
        else
        {
            Interlocked.Increment(ref _moved);
            Show($"a holder of {home} was answered by {id}");
        }

        return answer.Header("Set-Cookie")?.StartsWith(ProxyRig.CookieOf(id), StringComparison.Ordinal) == true
            ? id
            : home;
    }

    private void Fail(string fault)
    {
        Interlocked.Increment(ref _failed);
        Show(fault);
    }

    private void Show(string fault)
    {
        lock (_faults)
        {
            if (_faults.Count < FaultsShown)
                _faults.Add($"second {Second}: {fault}");
        }
    }
}
