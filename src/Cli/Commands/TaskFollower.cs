using System.Text.Json;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary>Waits for a task's end, and shows what happens to it meanwhile.</summary>
internal static class TaskFollower
{
    /// <summary>Longest wait between two tries to take up a stream that broke off. Source: ours.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Waits, and shows the task at its end.</summary>
    /// <param name="session">The run.</param>
    /// <param name="id">The task.</param>
    /// <param name="limit">Longest wait; null for none.</param>
    /// <returns>0 when it succeeded, 1 when it ended in another way or not in time.</returns>
    public static async Task<int> WaitAsync(Session session, string id, TimeSpan? limit)
    {
        using var late = new CancellationTokenSource(limit ?? Timeout.InfiniteTimeSpan, session.Host.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, session.Cancel);
        try
        {
            await FollowAsync(session, id, both.Token);
        }
        catch (OperationCanceledException) when (!session.Cancel.IsCancellationRequested)
        {
            throw CliException.Failed(
                $"task {id} did not end within {Figures.Duration(limit!.Value.TotalMilliseconds)}");
        }

        var task = await session.GetAsync("/task/" + Query.Part(id));
        if (session.IsJson)
            session.WriteJson(task);
        else
            session.Painter.Write(TaskDetails.Draw(task, session.Now));
        return task.Text("state") == "succeeded" ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static async Task FollowAsync(Session session, string id, CancellationToken cancel)
    {
        while (true)
        {
            await foreach (var each in session.Client.EventsAsync($"/task/{Query.Part(id)}/events", cancel))
            {
                Show(session, each);
                if (each.Name is "completed" or "failed")
                    return;
            }

            // The balancer stopped, or handed the task to another node: who comes again is told the rest.
            await Task.Delay(Pause, session.Host.Time, cancel);
        }
    }

    private static void Show(Session session, ServerEvent each)
    {
        var terminal = session.Host.Terminal;
        if (session.IsJson)
        {
            session.WriteJson(JsonWriting.Make(json =>
            {
                json.WriteString("event", each.Name);
                json.WritePropertyName("data");
                if (each.Data.ValueKind == JsonValueKind.Undefined)
                    json.WriteNullValue();
                else
                    each.Data.WriteTo(json);
            }));
            return;
        }

        // The result stands below, once; people follow on the standard error, so that it can be taken away alone.
        var data = each.Name is "completed" or "failed" ? "" : " " + Brief(each.Data);
        var at = session.Now.UtcDateTime.ToString("HH:mm:ss");
        terminal.Error.WriteLine(Line.Of($"{at} {each.Name}{data}").Cut(ErrorWidth(terminal)));
        terminal.Error.Flush();
    }

    private static int ErrorWidth(Terminal terminal) =>
        terminal.IsErrorTerminal ? Math.Max(20, terminal.Size().Width) : Terminal.Unbounded;

    private static string Brief(JsonElement data)
    {
        if (data.ValueKind != JsonValueKind.Object)
            return data.ValueKind == JsonValueKind.Undefined ? "" : JsonWriting.Compact(data);
        return string.Join(", ", data.EnumerateObject().Where(static each => each.Name != "taskId")
            .Select(static each => $"{each.Name} {each.Value.Text() ?? JsonWriting.Compact(each.Value)}"));
    }
}
