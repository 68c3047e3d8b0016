namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// Makes a verdict of checks. The first check decides alone; after that it takes a row of failed ones to go down and a
/// row of good ones to come up. One thread at a time; it outlives a restart of the actor that fills it.
/// </summary>
internal sealed class HealthTally
{
    /// <summary>The verdict.</summary>
    public BackendHealth Health { get; private set; }

    /// <summary>Good checks in a row (positive) or failed ones (negative); 0 before the first.</summary>
    public int Streak { get; private set; }

    /// <summary>Takes a check in.</summary>
    /// <param name="good">How it went.</param>
    /// <param name="fall">Failed ones in a row that turn up into down.</param>
    /// <param name="rise">Good ones in a row that turn down into up.</param>
    /// <returns>True when the verdict has changed.</returns>
    public bool Take(bool good, int fall, int rise)
    {
        // The ends of the range are no row that anybody could be interested in; they only must not wrap around.
        Streak = good ? Math.Min(Math.Max(Streak, 0), int.MaxValue - 1) + 1
            : Math.Max(Math.Min(Streak, 0), int.MinValue + 1) - 1;
        var before = Health;
        Health = before switch
        {
            BackendHealth.Unknown => good ? BackendHealth.Up : BackendHealth.Down,
            BackendHealth.Up when Streak <= -fall => BackendHealth.Down,
            BackendHealth.Down when Streak >= rise => BackendHealth.Up,
            _ => before,
        };
        return Health != before;
    }
}
