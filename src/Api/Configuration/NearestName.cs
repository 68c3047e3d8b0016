namespace ActorBalancer.Api.Configuration;

/// <summary>Finds what a mistyped name was probably meant to be.</summary>
internal static class NearestName
{
    // The comparison takes time and memory by the product of the lengths; no name of ours is near this long.
    private const int LengthMax = 128;

    /// <summary>
    /// The candidate with the fewest letters to add, drop, change or swap with their neighbour; case, and the choice
    /// between dash and underscore, do not count.
    /// </summary>
    /// <returns>Null when none is near: at most a third of the letters, and four, may have to change.</returns>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        if (name.Length > LengthMax) return null;
        string? nearest = null;
        var best = Math.Min(4, Math.Max(1, name.Length / 3)) + 1;
        foreach (var candidate in candidates)
        {
            var distance = Distance(Folded(name), Folded(candidate));
            if (distance >= best) continue;
            best = distance;
            nearest = candidate;
        }

        return nearest;
    }

    private static string Folded(string name) => name.Replace('_', '-').ToUpperInvariant();

    private static int Distance(string left, string right)
    {
        // rows[i, j]: the cost of turning the first i letters of the one into the first j of the other.
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= right.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var change = rows[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(change, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        }

        return rows[left.Length, right.Length];
    }
}
