using System.Text.RegularExpressions;

namespace ActorBalancer.Trials.Rigs;

/// <summary>
/// Reads a record of system calls: was what a task was made of written to the log, and the log forced to the disk with
/// success, before the task was acknowledged? A write that a failed force covered counts for nothing: the kernel may
/// have dropped it and would force without complaint the next time.
/// </summary>
internal sealed partial class AckOrder
{
    private readonly Dictionary<string, List<int>> _writes = new(StringComparer.Ordinal);
    private readonly List<(int Start, int End)> _forced = [];
    private readonly List<int> _failed = [];
    private readonly Dictionary<string, int> _acks = new(StringComparer.Ordinal);

    /// <summary>Acknowledgements that were found.</summary>
    public int Acks => _acks.Count;

    /// <summary>Forces that succeeded.</summary>
    public int Forced => _forced.Count;

    /// <summary>Forces that failed.</summary>
    public int Failed => _failed.Count;

    /// <summary>Reads a record.</summary>
    public static AckOrder Read(string file)
    {
        var order = new AckOrder();
        var open = new Dictionary<string, (string Call, int Start)>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space < 0)
                continue;
            var (thread, call) = (line[..space], line[space..].TrimStart());
            if (call.EndsWith("<unfinished ...>", StringComparison.Ordinal))
                open[thread] = (call, number);
            else if (!call.StartsWith("<...", StringComparison.Ordinal))
                order.Take(call, call, number, number);
            else if (open.Remove(thread, out var begun))
                order.Take(begun.Call, call, begun.Start, number);
        }

        return order;
    }

    /// <summary>Acknowledged tasks for which nothing was on disk before the answer was sent, each with the reason.
    /// </summary>
    public IReadOnlyList<string> Violations(IEnumerable<LedgerEntry> acked) =>
        [.. acked.Select(entry => (entry, Fault: Judge(entry))).Where(static pair => pair.Fault is not null)
            .Select(static pair => $"{pair.entry.TaskId} ({pair.entry.Mark}): {pair.Fault}")];

    private string? Judge(LedgerEntry entry)
    {
        if (!_acks.TryGetValue(entry.TaskId!, out var ack))
            return "its answer is not in the record";
        if (!_writes.TryGetValue(entry.Mark, out var writes))
            return "it was never written to the log";
        return writes.Exists(write => _forced.Exists(force => force.Start > write && force.End < ack
            && !_failed.Exists(failed => failed > write && failed < force.Start)))
            ? null
            : $"written at {string.Join(',', writes.Take(3))}, answered at {ack}, not forced in between";
    }

    private void Take(string call, string end, int start, int finish)
    {
        if (call.StartsWith("fsync(", StringComparison.Ordinal)
            || call.StartsWith("fdatasync(", StringComparison.Ordinal))
        {
            if (!call.Contains("-wal>", StringComparison.Ordinal) && !call.Contains(".db>", StringComparison.Ordinal))
                return;
            if (end.Contains("= 0", StringComparison.Ordinal))
                _forced.Add((start, finish));
            else
                _failed.Add(finish);
        }
        else if (call.StartsWith("send", StringComparison.Ordinal))
        {
            foreach (Match match in TaskIds().Matches(call))
                _acks.TryAdd(match.Groups["id"].Value, start);
        }
        else if (call.Contains("-wal>", StringComparison.Ordinal))
        {
            foreach (Match match in Marks().Matches(call))
            {
                var mark = match.Groups["mark"].Value;
                if (!_writes.TryGetValue(mark, out var list))
                    _writes.Add(mark, list = []);
                list.Add(finish);
            }
        }
    }

    // strace escapes the quotes.
    [GeneratedRegex(
        """\\"id\\":\\"(?<mark>m\d+)\\" """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace, 10_000)]
    private static partial Regex Marks();

    [GeneratedRegex(
        """HTTP/1.1\ 20.*\\"taskId\\":\\"(?<id>[0-9a-f]{32})\\" """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace, 10_000)]
    private static partial Regex TaskIds();
}
