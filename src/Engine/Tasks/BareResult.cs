using System.Text.Json;
using System.Text.Unicode;

namespace ActorBalancer.Engine.Tasks;

/// <summary>What a worker's answer is, seen by whoever shows or sends its result.</summary>
public enum BareResultKind : byte
{
    /// <summary>One JSON value in UTF-8; it may stand in other JSON as it is.</summary>
    Json,

    /// <summary>UTF-8, but no JSON.</summary>
    Text,

    /// <summary>Not even UTF-8.</summary>
    Binary,
}

/// <summary>Takes the result out of a worker's answer. Pure; allocates nothing but for an answer that is no
/// JSON.</summary>
public static class BareResult
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = JsonCheck.AnswerDepthMax };

    /// <summary>Finds the part of <paramref name="answer"/> that is the result.</summary>
    /// <param name="answer">The worker's whole answer.</param>
    /// <param name="result">The value of the member <c>result</c>, without space around it, when the answer is an
    /// object of exactly the members <c>"success": true</c> and <c>result</c>, in any order. Otherwise the whole
    /// answer: a worker that says more than that shall not lose it.</param>
    public static BareResultKind Find(ReadOnlySpan<byte> answer, out Range result)
    {
        result = Range.All;
        if (!Utf8.IsValid(answer))
            return BareResultKind.Binary;
        if (!JsonCheck.IsOneValue(answer, JsonCheck.AnswerDepthMax))
            return BareResultKind.Text;
        var reader = new Utf8JsonReader(answer, Options);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject && ReadEnvelope(ref reader) is { } found)
            result = found;
        return BareResultKind.Json;
    }

    // The object is known to be whole.
    private static Range? ReadEnvelope(ref Utf8JsonReader reader)
    {
        Range? result = null;
        var isSuccess = false;
        var members = 0;
        while (members <= 2 && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            members++;
            var isResult = reader.ValueTextEquals("result"u8);
            var isFlag = reader.ValueTextEquals("success"u8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            isSuccess |= isFlag && reader.TokenType == JsonTokenType.True;
            reader.Skip();
            if (isResult)
                result = start..(int)reader.BytesConsumed;
        }

        return members == 2 && isSuccess ? result : null;
    }
}
