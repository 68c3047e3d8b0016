using System.Text.Json;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary>The faults that a task's JSON can have. The codes are part of the interface and never change.</summary>
internal static class Faults
{
    /// <summary>Nothing was sent.</summary>
    public static InputFault Empty { get; } = new(
        "body_empty", null, "The body is empty; it must be a JSON object with 'group', 'function' and 'contract'.");

    /// <summary>RFC 8259, section 8.1: a byte order mark must not be added.</summary>
    public static InputFault ByteOrderMark { get; } = new(
        "json_invalid", null, "The body begins with a byte order mark; send the JSON without it.");

    /// <summary>RFC 8259, section 8.1: JSON is UTF-8.</summary>
    public static InputFault NotUtf8 { get; } = new("utf8_invalid", null, "The body is not valid UTF-8.");

    /// <summary>Nested beyond <see cref="TaskLimits.JsonDepthMax"/>.</summary>
    public static InputFault TooDeep { get; } = new(
        "json_too_deep", null, $"The body nests objects and arrays deeper than {TaskLimits.JsonDepthMax} levels.");

    /// <summary>The document is no JSON.</summary>
    public static InputFault Syntax(JsonException exception) => new(
        "json_invalid",
        null,
        $"The body is not valid JSON; the fault is at line {exception.LineNumber + 1}, "
            + $"byte {exception.BytePositionInLine + 1} of that line.");

    /// <summary>The document is JSON, but of another kind.</summary>
    public static InputFault NotAnObject(ref Utf8JsonReader reader) => new(
        "body_not_object", null, $"The body must be a JSON object, but is {JsonText.Describe(ref reader)}.");

    /// <summary>Two members of one object have the same name.</summary>
    public static InputFault Duplicate(ReadOnlySpan<byte> name)
    {
        var shown = JsonText.Shorten(name);
        return new(
            "member_duplicate", shown, $"Member '{shown}' stands twice in one object; each name may stand once.");
    }

    /// <summary>A string or name holds half of a surrogate pair.</summary>
    public static InputFault LoneSurrogate(ReadOnlySpan<byte> raw, string? member)
    {
        var where = member is null ? "A string or name" : $"Member '{member}'";
        return new(
            "surrogate_lone",
            member,
            $"{where} holds half of a surrogate pair, which is no text: \"{JsonText.Shorten(raw)}\".");
    }

    /// <summary>A member that must be there is not.</summary>
    public static InputFault Missing(string member, string rule) => new(
        "member_missing", member, $"Member '{member}' is missing; it must be {rule}.");

    /// <summary>A member has a value that it may not have.</summary>
    public static InputFault Wrong(string member, string rule, string found) => new(
        "member_invalid", member, $"Member '{member}' must be {rule}, but is {found}.");
}
