namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// The tags of a task as one text in which each can be found exactly: every tag stands between separators, and those
/// characters inside a tag are written as two others.
/// </summary>
internal static class ArchiveTags
{
    private const char Separator = '\u001F';
    private const char Escape = '\u001E';

    /// <summary>All tags; null for none.</summary>
    public static string? Write(IReadOnlyList<string> tags) =>
        tags.Count == 0 ? null : Separator + string.Join(Separator, tags.Select(Mask)) + Separator;

    /// <summary>What the text of a task holds when it has this tag.</summary>
    public static string Pattern(string tag) => Separator + Mask(tag) + Separator;

    /// <summary>What <see cref="Write"/> wrote.</summary>
    public static IReadOnlyList<string> Read(string? text) =>
        text is null ? [] : [.. text[1..^1].Split(Separator).Select(Unmask)];

    private static string Mask(string tag) => tag
        .Replace($"{Escape}", $"{Escape}0", StringComparison.Ordinal)
        .Replace($"{Separator}", $"{Escape}1", StringComparison.Ordinal)
        .Replace("\0", $"{Escape}2", StringComparison.Ordinal);

    private static string Unmask(string tag) => tag
        .Replace($"{Escape}2", "\0", StringComparison.Ordinal)
        .Replace($"{Escape}1", $"{Separator}", StringComparison.Ordinal)
        .Replace($"{Escape}0", $"{Escape}", StringComparison.Ordinal);
}
