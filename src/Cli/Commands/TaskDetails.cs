using System.Text.Json;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary>One task on a page.</summary>
internal static class TaskDetails
{
    private const int LabelWidth = 11;

    /// <summary>All that is known of it.</summary>
    public static IEnumerable<Line> Draw(JsonElement task, DateTimeOffset now)
    {
        yield return Field("task", task.Text("taskId"));
        yield return Field("state").Add(States.Show(task.Text("state")));
        yield return Field("queue", $"{task.Text("group")}/{task.Text("contract")}");
        yield return Field("function", task.Text("function"));
        yield return Field("mode", $"{task.Text("mode")}, priority {task.Text("priority")}");
        if (task.List("tags") is { Length: > 0 } tags)
            yield return Field("tags", tags);
        if (task.Text("orderingKey") is { } key)
            yield return Field("order", key);
        foreach (var (label, name) in Moments)
        {
            if (task.Moment(name) is { } at)
                yield return Field(label, Figures.Moment(at)).Add($"  {Figures.Age(at, now)}", Tone.Dim);
        }

        if (task.Text("worker") is { } worker)
            yield return Field("worker", worker);
        foreach (var attempt in task.Items("attempts"))
            yield return Attempt(attempt);
        if (task.At("webhook") is { ValueKind: JsonValueKind.Object } webhook)
            yield return Webhook(webhook, now);
        if (task.Text("error") is { } error)
            yield return Field("error").Add(error, Tone.Bad);
        if (task.At("result").ValueKind == JsonValueKind.Undefined)
            yield break;
        yield return Field("result");
        foreach (var line in Value(task.At("result")))
            yield return line;
    }

    /// <summary>A JSON value on as many lines as it likes.</summary>
    public static IEnumerable<Line> Value(JsonElement value) =>
        JsonWriting.Indented(value).Split('\n').Select(static line => Line.Of(line.TrimEnd('\r')));

    private static IEnumerable<(string Label, string Name)> Moments =>
    [
        ("created", "createdAt"), ("due", "dueAt"), ("started", "startedAt"), ("finished", "finishedAt"),
        ("kept until", "keptUntil"),
    ];

    private static Line Attempt(JsonElement attempt)
    {
        var took = attempt.Moment("endedAt") - attempt.Moment("startedAt");
        var line = Field($"attempt {attempt.Text("number")}", attempt.Text("worker"))
            .Add($"  {Figures.Moment(attempt.Moment("startedAt"))}", Tone.Dim)
            .Add(took is { } span ? $"  {Figures.Duration(span.TotalMilliseconds)}" : "  running");
        return attempt.Text("error") is { } error ? line.Add("  ").Add(error, Tone.Bad) : line;
    }

    private static Line Webhook(JsonElement webhook, DateTimeOffset now)
    {
        var line = Field("webhook").Add(States.Show(webhook.Text("state"))).Add($", {webhook.Text("tries")} tries");
        if (webhook.Text("lastStatus") is { } status)
            line.Add($", last status {status}");
        if (webhook.Moment("nextTryAt") is { } next)
            line.Add($", next {Figures.Age(next, now)}");
        return webhook.Text("lastError") is { } error ? line.Add("  ").Add(error, Tone.Bad) : line;
    }

    private static Line Field(string name, string? value = null) =>
        Line.Of(name, Tone.Head).PadTo(LabelWidth + 1).Add(value);
}
