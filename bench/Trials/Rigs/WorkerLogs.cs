using System.Globalization;
using System.Text.Json;

namespace ActorBalancer.Trials.Rigs;

/// <summary>One run of a task on a worker.</summary>
/// <param name="Mark">The driver's mark.</param>
/// <param name="TaskId">The balancer's id.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended; null when the worker died first.</param>
/// <param name="Worker">File of the worker's log.</param>
/// <param name="Node">Node that sent it; null outside of a cluster.</param>
internal sealed record WorkerRun(
    string Mark, string TaskId, DateTime StartedAt, DateTime? EndedAt, string Worker, string? Node);

/// <summary>Reads what the workers wrote down, line by line, before they answered.</summary>
internal static class WorkerLogs
{
    /// <summary>All runs, in order of their start.</summary>
    public static IReadOnlyList<WorkerRun> Read(IEnumerable<string> files)
    {
        var runs = new List<WorkerRun>();
        foreach (var file in files.Where(File.Exists))
        {
            // Runs of one task on one worker follow each other; a worker that was killed never ends some of them.
            var open = new Dictionary<(string, string), WorkerRun>();
            foreach (var line in ReadLines(file))
            {
                using var json = JsonDocument.Parse(line);
                var root = json.RootElement;
                var key = (root.GetProperty("taskId").GetString() ?? "", root.GetProperty("attempt").GetString() ?? "");
                var time = DateTime.Parse(
                    root.GetProperty("time").GetString()!, CultureInfo.InvariantCulture,
                    DateTimeStyles.AdjustToUniversal);
                if (root.GetProperty("event").ValueEquals("started"))
                {
                    if (open.Remove(key, out var lost))
                        runs.Add(lost);
                    var node = root.TryGetProperty("node", out var name) ? name.GetString() : null;
                    open[key] = new WorkerRun(
                        root.GetProperty("id").GetString() ?? "", key.Item1, time, null, file, node);
                }
                else if (root.GetProperty("event").ValueEquals("ended") && open.Remove(key, out var run))
                {
                    runs.Add(run with { EndedAt = time });
                }
            }

            runs.AddRange(open.Values);
        }

        runs.Sort(static (one, other) => one.StartedAt.CompareTo(other.StartedAt));
        return runs;
    }

    private static IEnumerable<string> ReadLines(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0)
                yield return line;
        }
    }
}
