using System.Text.Json;
using ActorBalancer.HelloWorker;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.EndToEnd.HelloWorker;

/// <summary>The sample worker as a process of its own, on free ports, with a task log in the test's folder.</summary>
internal sealed class HelloWorkerProcess : IAsyncDisposable
{
    private static readonly string Assembly = typeof(HelloWorkerHost).Assembly.Location;

    private HelloWorkerProcess(ChildProcess process, string url, string logPath)
    {
        Process = process;
        Url = url;
        LogPath = logPath;
    }

    public ChildProcess Process { get; }

    /// <summary>Base URL, as <c>workers.json</c> takes it.</summary>
    public string Url { get; }

    /// <summary>Path of the task log.</summary>
    public string LogPath { get; }

    /// <summary>Starts a worker and waits until it listens.</summary>
    /// <param name="folder">Where it runs and keeps its log.</param>
    /// <param name="name">Name of its log in the folder; no two workers may share one.</param>
    /// <param name="settings">Settings beside those that are always needed.</param>
    public static async Task<HelloWorkerProcess> StartAsync(
        TemporaryFolder folder, string name, params IEnumerable<(string Name, string Value)> settings)
    {
        var path = folder.Combine(name);
        var process = Launch(folder, [("TASK_LOG", path), .. settings]);
        var line = await process.WaitForLineAsync("listens on http://");
        return new HelloWorkerProcess(process, line.Split(' ')[3].TrimEnd(','), path);
    }

    /// <summary>Starts a worker without waiting for anything.</summary>
    public static ChildProcess Launch(
        TemporaryFolder folder, params IEnumerable<(string Name, string Value)> settings) => new(
        Assembly,
        folder.Path,
        [],
        [
            ("PORT", "0"), ("WEBSOCKET_PORT", "0"),
            ("AUTH_KEY", HelloWorkerClient.AuthKey), ("LB_AUTH_KEY", HelloWorkerClient.LbAuthKey),
            .. settings,
        ]);

    /// <summary>Waits for a line of the task log that contains the text.</summary>
    public Task WaitForLogAsync(string text) => FileWatch.UntilLineAsync(LogPath, text);

    /// <summary>The task log so far.</summary>
    public IReadOnlyList<JsonElement> ReadLog() =>
        [.. File.ReadLines(LogPath).Select(static line => JsonElement.Parse(line))];

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
