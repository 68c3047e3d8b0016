using System.Diagnostics;

namespace ActorBalancer.Testing.Processes;

/// <summary>A program of this repository as a real process that does not outlive its test.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly List<(string Text, TaskCompletionSource<string> Found)> _awaited = [];
    private readonly TaskCompletionSource _outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<string> _errors;

    /// <summary>Starts <c>dotnet ASSEMBLY ARGUMENTS</c> in a folder with the given environment beside the usual one.
    /// </summary>
    /// <param name="assembly">Path of the program.</param>
    /// <param name="folder">Its working directory.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="settings">Its environment beside the usual one.</param>
    /// <param name="wrapper">A command in front of it that leaves it the process's id, such as
    /// <c>strace -D ...</c>; none when empty.</param>
    public ChildProcess(
        string assembly,
        string folder,
        IEnumerable<string> arguments,
        IEnumerable<(string Name, string Value)> settings,
        params IReadOnlyList<string> wrapper)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(wrapper);
        string[] command = [.. wrapper, "dotnet", assembly, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Id of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Time that the process has had on all processors.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>True once it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>All lines of the standard output so far.</summary>
    public string Output
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    /// <summary>Waits for a line that contains the text; one that was written already counts.</summary>
    public Task<string> WaitForLineAsync(string text)
    {
        lock (_lines)
        {
            if (_lines.Find(line => line.Contains(text, StringComparison.Ordinal)) is { } line)
                return Task.FromResult(line);
            var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add((text, found));
            return WaitAsync(found.Task, text);
        }
    }

    /// <summary>Sends a signal, such as <c>TERM</c> or <c>KILL</c>.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, _process.Id.ToString()]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        await _outputEnded.Task.WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Everything that was written to the standard error; waits for the end.</summary>
    public Task<string> ReadErrorsAsync() => _errors.WaitAsync(Patience);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<string> WaitAsync(Task<string> found, string text)
    {
        if (await Task.WhenAny(found, _outputEnded.Task).WaitAsync(Patience) == found)
            return await found;
        throw new InvalidOperationException(
            $"The process ended without a line that contains '{text}'. Output: {Output} Errors: {await _errors}");
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            _outputEnded.TrySetResult();
            return;
        }

        lock (_lines)
        {
            _lines.Add(line);
            foreach (var (text, found) in _awaited)
            {
                if (line.Contains(text, StringComparison.Ordinal))
                    found.TrySetResult(line);
            }
        }
    }
}
