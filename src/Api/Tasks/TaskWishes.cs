using ActorBalancer.Api.Hosting;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Tasks;

/// <summary>What the headers of a request ask for beside its body.</summary>
internal readonly struct TaskWishes
{
    /// <summary>Names a request that may come again and shall count once.</summary>
    public const string IdempotencyKeyName = "Idempotency-Key";

    private const int KeyLengthMax = 255;
    private const int TraceStateLengthMax = 512; // W3C Trace Context, section 3.3.1.5: what must be passed on at least

    /// <summary>1 to 255 visible ASCII characters; null for none.</summary>
    public string? IdempotencyKey { get; private init; }

    /// <summary>How an answer that is not there yet is to be waited for.</summary>
    public Preferences Preferences { get; private init; }

    /// <summary>The <c>traceparent</c> that the task hangs on, well formed: the request's span, or else what the client
    /// sent; null for neither.</summary>
    public string? TraceParent { get; private init; }

    /// <summary>Value of <c>tracestate</c>; null for none, and without a trace parent.</summary>
    public string? TraceState { get; private init; }

    /// <summary>Reads the headers.</summary>
    /// <returns>Null when they are right, or absent.</returns>
    public static EdgeError? Take(IHeaderDictionary headers, out TaskWishes wishes)
    {
        wishes = default;
        string? key = null;
        if (headers.TryGetValue(IdempotencyKeyName, out var keys))
        {
            if (keys.Count != 1)
                return InvalidKey("comes more than once");
            key = keys[0]!;
            if (key.Length is 0 or > KeyLengthMax)
                return InvalidKey($"has {key.Length} characters");
            if (key.AsSpan().ContainsAnyExceptInRange('!', '~'))
                return InvalidKey("holds another character");
        }

        var parent = TraceContext.TakeParent(headers.TraceParent);
        wishes = new TaskWishes
        {
            IdempotencyKey = key,
            Preferences = headers.TryGetValue(Preferences.HeaderName, out var prefer)
                ? Preferences.Parse(prefer)
                : default,
            TraceParent = ServerSpan.CurrentParent ?? parent,
            TraceState = parent is null ? null : TakeTraceState(headers.TraceState),
        };
        return null;
    }

    // Whoever cannot read it must go on without it (section 3.3 of the same), so nothing here is an error.
    /// <summary>The value of <c>tracestate</c> as it can be passed on; null for none.</summary>
    public static string? TakeTraceState(StringValues values)
    {
        var state = values.Count == 1 ? values[0] : string.Join(',', values.ToArray());
        return state is { Length: > 0 and <= TraceStateLengthMax }
            && !state.AsSpan().ContainsAnyExceptInRange(' ', '~')
                ? state
                : null;
    }

    private static EdgeError InvalidKey(string found) => new(400, "header_invalid",
        $"Header '{IdempotencyKeyName}' must come once, with 1 to {KeyLengthMax} visible ASCII characters, "
            + $"but {found}.")
    {
        Member = IdempotencyKeyName,
    };
}
