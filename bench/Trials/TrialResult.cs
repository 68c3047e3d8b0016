namespace ActorBalancer.Trials;

/// <summary>What a trial found.</summary>
internal sealed record TrialResult
{
    /// <summary>Number and name.</summary>
    public required string Trial { get; init; }

    /// <summary>Seeds of its chance, to run it again.</summary>
    public required string Seeds { get; init; }

    /// <summary>Tasks that were posted, whatever came back; null where nobody counts them.</summary>
    public long? Attempted { get; init; }

    /// <summary>Tasks that were acknowledged.</summary>
    public long Acked { get; init; }

    /// <summary>Acknowledged tasks that neither succeeded nor are dead with their attempts, and results that did not
    /// arrive.</summary>
    public long Lost { get; init; }

    /// <summary>Runs and deliveries that nobody asked for.</summary>
    public long Unexpected { get; init; }

    /// <summary>Tasks that ran more than once.</summary>
    public long Duplicated { get; init; }

    /// <summary>Whether every figure is as asked.</summary>
    public required bool Pass { get; init; }

    /// <summary>The other figures of the trial, and what was wrong.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>A line of the table.</summary>
    public override string ToString()
        => $"{Trial} | {Seeds} | {(Attempted is { } count ? count : "-")} | {Acked} | {Lost} | {Unexpected} | "
            + $"{Duplicated} | {(Pass ? "pass" : "FAIL")}";
}
