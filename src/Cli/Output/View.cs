using System.Text.Json;

namespace ActorBalancer.Cli.Output;

/// <summary>What a command that reads has to show.</summary>
/// <param name="Json">For programs.</param>
/// <param name="Draw">For people: lines for a terminal of so many columns.</param>
/// <param name="ExitCode">What the process ends with.</param>
internal sealed record View(JsonElement Json, Func<int, IEnumerable<Line>> Draw, int ExitCode = ExitCodes.Done)
{
    /// <summary>A table, or one line when it is empty.</summary>
    public static View Of(JsonElement json, Table table, string empty) =>
        new(json, width => table.Count > 0 ? table.Draw(width) : [Line.Of(empty, Tone.Dim)]);
}
