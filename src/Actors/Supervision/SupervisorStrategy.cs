namespace ActorBalancer.Actors;

/// <summary>
/// How a parent deals with the failure of a child. One for one: the siblings are left alone. Immutable.
/// </summary>
public sealed record SupervisorStrategy
{
    /// <summary>The value of <see cref="MaxRestarts"/> that means no limit.</summary>
    public const int Unlimited = int.MaxValue;

    /// <summary>
    /// For the children of an actor that says nothing: restart after a back-off, at most 10 times a minute, then
    /// escalate. (Akka restarts at once and for ever, which makes a broken actor spin.)
    /// </summary>
    public static SupervisorStrategy Default { get; } = new();

    /// <summary>For top-level actors: restart for ever, with a back-off of at most 30 s.</summary>
    public static SupervisorStrategy GuardianDefault { get; } =
        new() { MaxRestarts = Unlimited, MaxBackoff = TimeSpan.FromSeconds(30) };

    /// <summary>
    /// Chooses by exception; restarts always by default. If it throws, the failure is escalated with what it threw.
    /// </summary>
    public Func<Exception, Directive> Decider { get; init; } = static _ => Directive.Restart;

    /// <summary>
    /// Most restarts of one child within <see cref="Within"/>; the next failure is escalated. 0 escalates the first,
    /// <see cref="Unlimited"/> sets no limit; default 10.
    /// </summary>
    public int MaxRestarts
    {
        get;
        init => field = value >= 0 ? value : throw Invalid(nameof(MaxRestarts), value, "0 or more");
    } = 10;

    /// <summary>
    /// The sliding window of <see cref="MaxRestarts"/>; also how long a child must live for its back-off to begin
    /// anew. Positive; default 1 minute.
    /// </summary>
    public TimeSpan Within
    {
        get;
        init => field = value > TimeSpan.Zero ? value : throw Invalid(nameof(Within), value, "positive");
    } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Wait before the first restart, doubled for each further one. Zero restarts at once, always; default 100 ms.
    /// </summary>
    public TimeSpan MinBackoff
    {
        get;
        init => field = value >= TimeSpan.Zero ? value : throw Invalid(nameof(MinBackoff), value, "zero or more");
    } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait before a restart, jitter not counted; default 10 s.</summary>
    public TimeSpan MaxBackoff
    {
        get;
        init => field = value >= TimeSpan.Zero ? value : throw Invalid(nameof(MaxBackoff), value, "zero or more");
    } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Share of the wait that chance adds, 0 to 1, so that actors that failed together do not come back together;
    /// default 0.2 (as Akka's BackoffSupervisor).
    /// </summary>
    public double JitterFactor
    {
        get;
        init => field = value is >= 0 and <= 1 ? value : throw Invalid(nameof(JitterFactor), value, "0 to 1");
    } = 0.2;

    /// <summary>The wait before the next restart.</summary>
    /// <param name="earlierRestarts">Restarts of late, 0 for the first.</param>
    /// <param name="chance">At least 0, less than 1.</param>
    internal TimeSpan BackoffAfter(int earlierRestarts, double chance)
    {
        // Beyond 2^30 any sensible minimum exceeds any sensible maximum; the cap keeps the power finite.
        var wait = MinBackoff * Math.Pow(2, Math.Min(earlierRestarts, 30));
        if (wait > MaxBackoff) wait = MaxBackoff;
        return wait * (1 + (JitterFactor * chance));
    }

    private static ArgumentOutOfRangeException Invalid(string property, object value, string expected) =>
        new(property, value, $"SupervisorStrategy.{property} must be {expected}.");
}
