using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ActorBalancer.Engine.Tasks;

/// <summary>
/// The events of a task, made from what is kept of it. An id is the moment in Unix milliseconds times 1,024 plus a
/// place within the moment, so ids grow over restarts too, and the same event has the same id whenever it is made.
/// </summary>
internal static class TaskTimeline
{
    /// <summary>Largest result that the last event carries itself, in bytes; a larger one is fetched with the task.
    /// </summary>
    private const int ResultBytesMax = 64 * 1024;

    private const int Places = 1024;
    private const int StartedPlace = 1;
    private const int FirstToldPlace = 2;
    private const int RetryingPlace = Places - 2;
    private const int EndedPlace = Places - 1;

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All events up to now with a greater id than <paramref name="after"/>, in order.</summary>
    /// <param name="task">The task.</param>
    /// <param name="told">Chunks and progress.</param>
    /// <param name="after">-1 for all.</param>
    public static List<TaskEvent> Of(TaskSnapshot task, IReadOnlyList<TaskEvent> told, long after)
    {
        var isFinal = TaskTransitions.IsFinal(task.State);
        var events = new List<TaskEvent>(told.Count + (2 * task.Attempts.Count) + 2) { Queued(task) };
        foreach (var attempt in task.Attempts)
        {
            if (attempt.StartedAtMilliseconds > 0)
                events.Add(Started(attempt));
            if (attempt.EndedAtMilliseconds > 0 && attempt.Error is not null
                && !(isFinal && attempt.EndedAtMilliseconds >= task.FinishedAtMilliseconds))
                events.Add(Retrying(attempt));
        }

        events.AddRange(told);
        if (isFinal)
            events.Add(After(told.Count > 0 ? told[^1].Id : -1, Ended(task)));
        events.RemoveAll(happened => happened.Id <= after);
        events.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        return events;
    }

    /// <summary>The id of the next chunk or progress.</summary>
    /// <param name="nowMilliseconds">Now.</param>
    /// <param name="last">Id of the one before; -1 for none.</param>
    public static long NextTold(long nowMilliseconds, long last) =>
        Math.Max((nowMilliseconds * Places) + FirstToldPlace, last + 1);

    /// <summary>The last event comes after <paramref name="last"/> whatever the clocks say: in a cluster the node that
    /// took a worker's word may be some milliseconds ahead of the one that ended the task.</summary>
    public static TaskEvent After(long last, TaskEvent ended) =>
        ended.Id > last ? ended : ended with { Id = last + 1 };

    /// <summary>An attempt began.</summary>
    public static TaskEvent Started(AttemptRecord attempt) => Make(
        TaskEventKind.Started, attempt.StartedAtMilliseconds, StartedPlace, json =>
        {
            json.WriteNumber("attempt"u8, attempt.Number);
            json.WriteString("worker"u8, attempt.Worker);
        });

    /// <summary>An attempt failed, and the task lives on.</summary>
    public static TaskEvent Retrying(AttemptRecord attempt) => Make(
        TaskEventKind.Retrying, attempt.EndedAtMilliseconds, RetryingPlace, json =>
        {
            json.WriteNumber("attempt"u8, attempt.Number);
            json.WriteString("worker"u8, attempt.Worker);
            json.WriteString("error"u8, attempt.Error);
        });

    /// <summary>The task has ended.</summary>
    public static TaskEvent Ended(TaskSnapshot task)
    {
        var succeeded = task.State == TaskState.Succeeded;
        return Make(
            succeeded ? TaskEventKind.Completed : TaskEventKind.Failed, task.FinishedAtMilliseconds, EndedPlace, json =>
            {
                json.WriteString("taskId"u8, task.Id.ToString());
                json.WriteString("state"u8, StateNames.Of(task.State));
                if (task.Error is not null)
                    json.WriteString("error"u8, task.Error);
                if (succeeded && task.Result is { Length: <= ResultBytesMax } answer
                    && BareResult.Find(answer, out var result) == BareResultKind.Json)
                {
                    json.WritePropertyName("result"u8);
                    json.WriteRawValue(answer.AsSpan(result), skipInputValidation: true);
                }
            });
    }

    private static TaskEvent Queued(TaskSnapshot task) => Make(
        TaskEventKind.Queued, task.CreatedAtMilliseconds, 0, json => json.WriteString("taskId"u8, task.Id.ToString()));

    private static TaskEvent Make(TaskEventKind kind, long at, int place, Action<Utf8JsonWriter> write)
    {
        var data = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(data, Relaxed))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return new TaskEvent((at * Places) + place, kind, at, data.WrittenSpan.ToArray());
    }
}
