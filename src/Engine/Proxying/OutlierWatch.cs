using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// Watches the real traffic of one backend and says when a threshold is crossed; the pool's actor decides what follows.
/// <see cref="Observe"/> is on the way of each request: interlocked counters only. Any thread.
/// </summary>
internal sealed class OutlierWatch(OutlierOptions options, TimeProvider time)
{
    /// <summary>
    /// Answers after which a row of broken bodies has ended, however many requests run. Source: ours; with more at once
    /// nobody knows which answer belongs to which body, and what breaks less than one answer in eight is no row.
    /// </summary>
    private const int AnswersBetweenBroken = 8;

    /// <summary>How long a refused suspicion is not uttered again.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time = time;
    private volatile Window _window = new(options, time);
    private int _failures;
    private int _broken;
    private int _answersSinceBroken;
    private int _told;
    private long _quietUntil = long.MinValue;

    /// <summary>Failures in a row until now: no connection, no answer in time, none at all or a broken one.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>Answers in a row until now whose bodies broke off.</summary>
    public int Broken => Volatile.Read(ref _broken);

    /// <summary>Takes over changed settings; a changed window begins empty.</summary>
    public void Configure(OutlierOptions options)
    {
        var before = _window;
        _window = before.Options.Window == options.Window ? before with { Options = options } : new(options, _time);
    }

    /// <summary>Answers in the window and those of them that were 5xx.</summary>
    public (long Answers, long Errors) Read(long timestamp)
    {
        var window = _window;
        return (window.Answers.Sum(timestamp), window.Errors.Sum(timestamp));
    }

    /// <summary>Takes an attempt in.</summary>
    /// <param name="result">How it went.</param>
    /// <param name="active">Requests that run on the backend, this one included.</param>
    /// <param name="timestamp">Now.</param>
    /// <returns>What to tell the pool's actor, which then calls <see cref="Refuse"/> or <see cref="Reset"/>; nothing
    /// further is said until then.</returns>
    public Suspicion Observe(in AttemptResult result, int active, long timestamp)
    {
        var window = _window;
        var suspicion = result.Kind switch
        {
            AttemptKind.ClientGone => Suspicion.None,
            AttemptKind.Answered => OnAnswer(window, result.Status, active, timestamp),
            AttemptKind.BrokeOff => OnBroken(window),
            _ => OnFailure(window),
        };
        if (suspicion == Suspicion.None || timestamp < Volatile.Read(ref _quietUntil))
            return Suspicion.None;
        return Interlocked.Exchange(ref _told, 1) == 0 ? suspicion : Suspicion.None;
    }

    /// <summary>The suspicion has no consequence; it may come up again a second later.</summary>
    public void Refuse(long timestamp)
    {
        Volatile.Write(ref _quietUntil, timestamp + (long)(Quiet.TotalSeconds * _time.TimestampFrequency));
        Volatile.Write(ref _told, 0);
    }

    /// <summary>Begins anew: nothing that was seen before counts any more.</summary>
    public void Reset()
    {
        Volatile.Write(ref _failures, 0);
        Volatile.Write(ref _broken, 0);
        var window = _window;
        window.Answers.Clear();
        window.Errors.Clear();
        Volatile.Write(ref _told, 0);
    }

    private Suspicion OnAnswer(Window window, int status, int active, long timestamp)
    {
        // Reads first: while all is well nothing but the window is written.
        if (Volatile.Read(ref _failures) != 0)
            Volatile.Write(ref _failures, 0);

        // The body of this answer may still break. If more answers came than run now, one of them has ended well.
        if (Volatile.Read(ref _broken) != 0
            && Interlocked.Increment(ref _answersSinceBroken) > Math.Clamp(active, 1, AnswersBetweenBroken))
        {
            Volatile.Write(ref _broken, 0);
        }

        window.Answers.Add(timestamp);
        if (status < 500)
            return Suspicion.None;
        window.Errors.Add(timestamp);
        return window.IsExceeded(timestamp) ? Suspicion.ErrorRate : Suspicion.None;
    }

    private Suspicion OnBroken(Window window)
    {
        Volatile.Write(ref _answersSinceBroken, 0);
        return window.IsRow(Interlocked.Increment(ref _broken));
    }

    private Suspicion OnFailure(Window window) => window.IsRow(Interlocked.Increment(ref _failures));

    /// <summary>Settings and the counts that belong to them, replaced together.</summary>
    private sealed record Window
    {
        public Window(OutlierOptions options, TimeProvider time)
        {
            Options = options;
            Answers = new SlidingCount(options.Window, time.TimestampFrequency);
            Errors = new SlidingCount(options.Window, time.TimestampFrequency);
        }

        public OutlierOptions Options { get; init; }

        public SlidingCount Answers { get; }

        public SlidingCount Errors { get; }

        public Suspicion IsRow(int failures) =>
            Options.ConsecutiveFailures > 0 && failures >= Options.ConsecutiveFailures
                ? Suspicion.FailuresInARow
                : Suspicion.None;

        public bool IsExceeded(long timestamp)
        {
            if (Options.ErrorRate <= 0)
                return false;
            var answers = Answers.Sum(timestamp);
            return answers >= Options.RequestsMin && Errors.Sum(timestamp) >= Options.ErrorRate * answers;
        }
    }
}
