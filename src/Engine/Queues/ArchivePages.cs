using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Queues;

/// <summary>Goes through the ended tasks of a filter, however many there are.</summary>
internal static class ArchivePages
{
    /// <summary>Acts on one page after the other, newest first.</summary>
    /// <param name="archive">Where they are.</param>
    /// <param name="filter">Which.</param>
    /// <param name="act">Says how many of a page count.</param>
    /// <returns>How many counted.</returns>
    public static async Task<int> ForEachAsync(
        ITaskArchive archive, TaskFilter filter, Func<IReadOnlyList<TaskSnapshot>, Task<int>> act)
    {
        const int PageSize = 500;
        var count = 0;
        TaskId? before = null;
        while (true)
        {
            var page = await archive.ListAsync(filter, before, PageSize);
            if (page.Count == 0)
                return count;
            before = page[^1].Id;
            count += await act(page);
        }
    }
}
