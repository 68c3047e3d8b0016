using System.Collections.Concurrent;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Redis;

/// <summary>What clients saw while Redis was away.</summary>
internal sealed class TroubleFigures
{
    /// <summary>Tasks that were posted and acknowledged in the trouble.</summary>
    public int Accepted { get; private set; }

    /// <summary>Refusals with 503 and Retry-After.</summary>
    public int Refused { get; private set; }

    /// <summary>Other refusals.</summary>
    public int Others { get; private set; }

    /// <summary>Longest wait for an answer of those posted in the trouble.</summary>
    public TimeSpan LongestAnswer { get; private set; }

    /// <summary>Longest time from the end of a trouble to the first task that was taken.</summary>
    public TimeSpan LongestBack { get; private set; }

    /// <summary>Adds up over all times of trouble.</summary>
    public static TroubleFigures Of(
        ConcurrentQueue<PostRecord> records, IEnumerable<(DateTime From, DateTime To)> troubles)
    {
        var figures = new TroubleFigures();
        var all = records.OrderBy(static record => record.AnsweredAt).ToList();
        foreach (var (from, to) in troubles)
        {
            foreach (var record in all.Where(record => record.PostedAt > from && record.PostedAt < to))
                figures.Add(record, to);
            var next = all.Find(record => record.AnsweredAt > to && record.Status is >= 200 and < 300);
            var back = next is null ? TimeSpan.MaxValue : next.AnsweredAt - to;
            figures.LongestBack = back > figures.LongestBack ? back : figures.LongestBack;
        }

        return figures;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"in the trouble {Accepted} taken, {Refused} refused with 503 and Retry-After, {Others} otherwise, answers " +
        $"after at most {LongestAnswer.TotalSeconds:0.0} s; taken again after at most {LongestBack.TotalSeconds:0.0} s";

    private void Add(PostRecord record, DateTime to)
    {
        var took = record.AnsweredAt - record.PostedAt;
        LongestAnswer = took > LongestAnswer ? took : LongestAnswer;
        if (record.Status is >= 200 and < 300)
            Accepted += record.AnsweredAt < to ? 1 : 0;
        else if (record is { Status: 503, HasRetryAfter: true })
            Refused++;
        else
            Others++;
    }
}
