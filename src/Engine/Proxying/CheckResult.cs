namespace ActorBalancer.Engine.Proxying;

/// <summary>How a check went.</summary>
/// <param name="IsGood">Whether the backend is well.</param>
/// <param name="Error">Why not, in one short line; null when it is.</param>
internal sealed record CheckResult(bool IsGood, string? Error)
{
    /// <summary>Characters of an error that are kept: it may be a stranger's text. Source: ours.</summary>
    private const int ErrorLengthMax = 200;

    public static CheckResult Good { get; } = new(true, null);

    /// <summary>A failed check.</summary>
    /// <param name="error">Why; control characters become spaces, and what is too long is cut.</param>
    public static CheckResult Failed(string error)
    {
        var text = error.Length > ErrorLengthMax ? error[..ErrorLengthMax] : error;
        return new CheckResult(false, string.Concat(text.Select(static one => char.IsControl(one) ? ' ' : one)).Trim());
    }
}
