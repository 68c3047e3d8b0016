using System.CommandLine;
using System.Text.Json;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary>Lists of tasks.</summary>
internal static class TaskLists
{
    /// <summary>Tasks that one request may ask for. Source: docs/http.md.</summary>
    private const int PageMax = 1000;

    private const int LimitDefault = 50;

    /// <summary>The option that bounds a list.</summary>
    public static Option<int> Limit()
    {
        var limit = new Option<int>("--limit", "-n")
        {
            Description = "at most so many, newest first",
            HelpName = "number",
            DefaultValueFactory = static _ => LimitDefault,
        };
        limit.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var count) && count < 1)
                result.AddError("--limit is at least 1");
        });
        return limit;
    }

    /// <summary>Reads tasks page by page, and shows them as a table.</summary>
    /// <param name="session">The run.</param>
    /// <param name="filter">Which.</param>
    /// <param name="limit">How many.</param>
    /// <param name="state">Their state; null for the one that was named.</param>
    public static async Task<View> ReadAsync(
        Session session, TaskFilterOptions filter, int limit, string? state = null)
    {
        var tasks = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var query = filter.AddTo(session, new Query("/tasks"), state)
                .Add("limit", $"{Math.Min(PageMax, limit - tasks.Count)}").Add("cursor", cursor);
            var page = await session.GetAsync(query.ToString());
            tasks.AddRange(page.Items("tasks"));
            cursor = page.Text("cursor");
        }
        while (cursor is not null && tasks.Count < limit);

        var json = JsonWriting.Make(writer =>
        {
            writer.WriteStartArray("tasks");
            foreach (var task in tasks)
                task.WriteTo(writer);
            writer.WriteEndArray();
            writer.WriteString("cursor", cursor);
        });
        return View.Of(json, MakeTable(tasks, session.Now), "no tasks");
    }

    private static Table MakeTable(List<JsonElement> tasks, DateTimeOffset now)
    {
        var table = new Table(
            "TASK", "STATE", new("QUEUE", Min: 6), new("FUNCTION", Min: 8), "CREATED",
            new("TOOK", IsRight: true), new("TRIES", IsRight: true), new("NOTE", Min: 8));
        foreach (var task in tasks)
        {
            var took = task.Moment("finishedAt") - task.Moment("startedAt");
            table.Add(
                task.Text("taskId"),
                States.Show(task.Text("state")),
                $"{task.Text("group")}/{task.Text("contract")}",
                task.Text("function"),
                Figures.Age(task.Moment("createdAt"), now),
                Figures.Duration(took?.TotalMilliseconds),
                $"{task.Items("attempts").Count()}",
                new Piece(NoteOf(task), Tone.Dim));
        }

        return table;
    }

    private static string NoteOf(JsonElement task) =>
        task.Text("error") ?? task.Items("attempts").LastOrDefault().Text("error")
            ?? task.Text("worker") ?? task.List("tags");
}
