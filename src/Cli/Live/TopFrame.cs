namespace ActorBalancer.Cli.Live;

/// <summary>How the full screen is drawn.</summary>
/// <param name="Url">Whose figures they are.</param>
/// <param name="Width">Columns of the terminal.</param>
/// <param name="Height">Its lines.</param>
/// <param name="View">What stands below the figures.</param>
/// <param name="IsPaused">The figures stand still.</param>
/// <param name="Now">The moment.</param>
internal sealed record TopFrame(
    string Url, int Width, int Height, TopView View, bool IsPaused, DateTimeOffset Now);
