using System.Diagnostics;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.EndToEnd.Cli;

/// <summary>A terminal of a given size, in a tmux server of the test's own.</summary>
internal sealed class TmuxSession : IAsyncDisposable
{
    private readonly string _socket;

    private TmuxSession(string socket) => _socket = socket;

    /// <summary>Starts a command in a terminal.</summary>
    /// <param name="folder">Where the server's socket lies.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Lines.</param>
    /// <param name="command">What the shell runs.</param>
    /// <param name="environment">The command's environment beside the usual one.</param>
    public static async Task<TmuxSession> StartAsync(
        TemporaryFolder folder,
        int width,
        int height,
        string command,
        IEnumerable<(string Name, string Value)> environment)
    {
        var session = new TmuxSession(folder.Combine("tmux"));
        string[] settings = [.. environment.SelectMany(static each => (string[])["-e", $"{each.Name}={each.Value}"])];
        await session.RunAsync(
            ["-f", "/dev/null", "new-session", "-d", "-x", $"{width}", "-y", $"{height}", .. settings, command]);
        return session;
    }

    /// <summary>Presses keys.</summary>
    public Task PressAsync(string keys) => RunAsync(["send-keys", keys]);

    /// <summary>Makes the terminal another size.</summary>
    public Task ResizeAsync(int width, int height) => RunAsync(["resize-window", "-x", $"{width}", "-y", $"{height}"]);

    /// <summary>What the terminal shows now, line by line.</summary>
    public async Task<string[]> CaptureAsync() => (await RunAsync(["capture-pane", "-p"])).TrimEnd('\n').Split('\n');

    /// <summary>Waits until the terminal shows what is wanted.</summary>
    public async Task<string[]> WaitAsync(Func<string[], bool> isThere, string what)
    {
        string[] seen = [];
        var end = Stopwatch.StartNew();
        do
        {
            seen = await CaptureAsync();
            if (isThere(seen))
                return seen;
            // A terminal tells nobody when it changes.
            await Task.Delay(100);
        }
        while (end.Elapsed < TimeSpan.FromSeconds(60));
        throw new TimeoutException($"The terminal does not show {what}:\n{string.Join('\n', seen)}");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await RunAsync(["kill-server"]);
        }
        catch (InvalidOperationException)
        {
            // It ended with its command.
        }
    }

    private async Task<string> RunAsync(string[] arguments)
    {
        var start = new ProcessStartInfo("tmux", ["-S", _socket, "-u", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["TERM"] = "xterm-256color";
        using var tmux = Process.Start(start)!;
        var output = await tmux.StandardOutput.ReadToEndAsync();
        var error = await tmux.StandardError.ReadToEndAsync();
        await tmux.WaitForExitAsync();
        return tmux.ExitCode == 0 ? output : throw new InvalidOperationException($"tmux {arguments[0]}: {error}");
    }
}
