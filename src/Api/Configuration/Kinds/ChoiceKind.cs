namespace ActorBalancer.Api.Configuration.Kinds;

/// <summary>One of a few words, in any case.</summary>
/// <param name="choices">The words, in the order in which they are listed, and what each means.</param>
/// <param name="refused">Words that are understood but not served, and the problem that is reported for each.</param>
internal sealed class ChoiceKind<T>(
    IReadOnlyList<(string Word, T Value)> choices,
    IReadOnlyDictionary<string, string>? refused = null) : SettingKind<T>
{
    public override string Name => "one of";

    public override string Allowed => string.Join(", ", choices.Select(static choice => choice.Word));

    public override string? Read(string text, out T value)
    {
        var word = text.Trim();
        foreach (var choice in choices)
        {
            if (!word.Equals(choice.Word, StringComparison.OrdinalIgnoreCase)) continue;
            value = choice.Value;
            return null;
        }

        value = choices[0].Value;
        if (refused?.GetValueOrDefault(word.ToLowerInvariant()) is { } problem) return problem;
        var nearest = NearestName.Find(word, choices.Select(static choice => choice.Word));
        return nearest is null ? "is not known" : $"is not known (did you mean '{nearest}'?)";
    }
}
