using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>How somebody looks at a page.</summary>
/// <param name="Width">Width of the window in pixels.</param>
/// <param name="IsDark">Whether the dark colours are preferred.</param>
public sealed record Look(int Width, bool IsDark)
{
    /// <summary>A desktop in light colours.</summary>
    public static Look Wide { get; } = new(1440, IsDark: false);

    /// <summary>A telephone in light colours.</summary>
    public static Look Narrow { get; } = new(390, IsDark: false);

    /// <summary>Both widths in both colours, for theories.</summary>
    public static TheoryData<int, bool> All { get; } =
        new() { { 390, false }, { 390, true }, { 1440, false }, { 1440, true } };

    /// <summary>Height of the window in pixels.</summary>
    public int Height => Width < 800 ? 844 : 900;

    /// <summary>As it ends the name of a screenshot, such as <c>390-light</c>.</summary>
    public override string ToString() => $"{Width}-{(IsDark ? "dark" : "light")}";
}
