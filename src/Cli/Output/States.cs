namespace ActorBalancer.Cli.Output;

/// <summary>States of things, each in its tone. Thread-safe.</summary>
internal static class States
{
    /// <summary>The state as a piece; "-" when there is none.</summary>
    public static Piece Show(string? state) => new(state ?? Figures.None, ToneOf(state));

    /// <summary>A number that is fine when it is 0.</summary>
    public static Piece Fault(double? number, string text) =>
        new(text, number > 0 ? Tone.Bad : Tone.Plain);

    private static Tone ToneOf(string? state) => state switch
    {
        "ready" or "up" or "succeeded" or "healthy" or "active" or "delivered" or "live" or "on" => Tone.Good,
        "maintenance" or "draining" or "drain" or "retrying" or "scheduled" or "paused" or "pending"
            or "leaving" => Tone.Warn,
        "offline" or "dead" or "down" or "invalid" or "unreachable" or "failed" or "expired" => Tone.Bad,
        "running" or "queued" => Tone.Accent,
        _ => Tone.Plain,
    };
}
