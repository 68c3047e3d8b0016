using System.Text.Json;

namespace ActorBalancer.Engine.Tasks;

/// <summary>Looks at JSON without building anything of it. Pure.</summary>
public static class JsonCheck
{
    /// <summary>Deepest nesting that is read in what a worker answers. Source: ours; a worker's result may be nested
    /// deeper than a task's input (<see cref="TaskLimits.JsonDepthMax"/>).</summary>
    public const int AnswerDepthMax = 256;

    /// <summary>True when a text is one whole JSON value, nested at most <paramref name="depthMax"/> levels deep, and
    /// nothing else. Whether the strings in it are UTF-8 is not looked at.</summary>
    public static bool IsOneValue(ReadOnlySpan<byte> text, int depthMax)
    {
        try
        {
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = depthMax });
            if (!reader.Read())
                return false;
            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
