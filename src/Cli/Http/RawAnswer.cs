using System.Text.Json;

namespace ActorBalancer.Cli.Http;

/// <summary>An answer as it came.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body.</param>
/// <param name="Json">The body as JSON; undefined when it is none.</param>
internal sealed record RawAnswer(int Status, byte[] Body, JsonElement Json)
{
    /// <summary>True for 2xx.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;
}
