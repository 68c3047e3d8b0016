using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary>Finds the worker that a person means.</summary>
internal static class WorkerNames
{
    /// <summary>The id of the worker with that id or URL, else of the only one whose URL has the text in it.</summary>
    /// <exception cref="CliException">None is, or more than one.</exception>
    public static async Task<string> FindAsync(Session session, string name)
    {
        var workers = (await session.GetAsync("/workers")).Items("workers").ToArray();
        var bare = name.TrimEnd('/');
        foreach (var worker in workers)
        {
            if (worker.Text("id") == name || worker.Text("url")?.TrimEnd('/') == bare)
                return IdOf(worker);
        }

        var like = workers.Where(worker =>
            worker.Text("url")?.Contains(name, StringComparison.OrdinalIgnoreCase) is true).ToArray();
        return like.Length switch
        {
            1 => IdOf(like[0]),
            0 => throw CliException.Failed($"no worker is called '{name}'; see 'abm workers'"),
            _ => throw CliException.Failed(
                $"'{name}' may be any of {like.Length} workers: "
                + string.Join(", ", like.Take(5).Select(static worker => worker.Text("url")))
                + (like.Length > 5 ? ", ..." : "")),
        };
    }

    private static string IdOf(JsonElement worker) =>
        worker.Text("id") ?? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(worker.Text("url") ?? ""));
}
