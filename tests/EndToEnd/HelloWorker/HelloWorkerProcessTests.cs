using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ActorBalancer.HelloWorker;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.HelloWorker;

/// <summary>The sample as a process of its own, started and ended as a user and a kernel would.</summary>
public sealed class HelloWorkerProcessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_ThenSigterm_LetsTheRunningTaskEnd()
    {
        using var folder = new TemporaryFolder();
        await using var process = new WorkerProcess(("TASK_LOG", folder.Combine("tasks")));
        var url = await process.ReadUrlAsync();
        using var http = new HttpClient();

        var running = PostAsync(http, url, "sleep", """{"ms":300,"id":"s"}""");
        await WaitForLineAsync(folder.Combine("tasks"), "started");
        process.Signal("TERM");
        using var answer = await running;

        (await answer.Content.ReadAsStringAsync(Cancel)).ShouldBe("""{"success":true,"result":{"slept":300}}""");
        (await process.WaitForExitAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Kill_WhileATaskRuns_LeavesItsLineInTheTaskLog()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Combine("tasks");
        await using var process = new WorkerProcess(("TASK_LOG", path));
        var url = await process.ReadUrlAsync();
        using var http = new HttpClient();

        using var done = await PostAsync(http, url, "hello", """{"name":"a","id":"first"}""");
        var running = PostAsync(http, url, "sleep", """{"ms":600000,"id":"second"}""");
        await WaitForLineAsync(path, "second");
        process.Signal("KILL");
        await process.WaitForExitAsync();

        await Should.ThrowAsync<HttpRequestException>(running);
        var lines = (await File.ReadAllLinesAsync(path, Cancel)).Select(line => JsonElement.Parse(line))
            .Select(line => $"{line.GetProperty("event")} {line.GetProperty("id")} {line.GetProperty("outcome")} "
                + line.GetProperty("authorized"));
        lines.ShouldBe(["started first  True", "ended first done True", "started second  True"]);
    }

    [Fact]
    public async Task Start_WrongSettings_SaysSoInOneLine()
    {
        await using var process = new WorkerProcess(("SLOTS", "none"), ("CONTRACT", "0"));

        var error = await process.ReadErrorAsync();

        (await process.WaitForExitAsync()).ShouldBe(2);
        error.ShouldBe("HelloWorker does not start: CONTRACT is '0': it must be a whole number from 1 to 2147483647; "
            + "SLOTS is 'none': it must be a whole number from 1 to 10000.\n");
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string url, string function, string input)
    {
        var body = $$"""{"group":"hello","function":"{{function}}","contract":1,"input":{{input}}}""";
        var request = new HttpRequestMessage(HttpMethod.Post, url + "/task")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", HelloWorkerClient.AuthKey);
        return http.SendAsync(request, Cancel);
    }

    // The log's own growth is the signal; the watcher is armed before the first look, so no line is missed.
    private static async Task WaitForLineAsync(string path, string text)
    {
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!);
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Changed += (_, _) => Look();
        watcher.EnableRaisingEvents = true;
        Look();
        await found.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);

        void Look()
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            if (reader.ReadToEnd().Contains(text, StringComparison.Ordinal))
                found.TrySetResult();
        }
    }

    /// <summary>The sample as a process that does not outlive its test.</summary>
    private sealed class WorkerProcess : IAsyncDisposable
    {
        private readonly Process _process;

        public WorkerProcess(params (string Name, string Value)[] settings)
        {
            var start = new ProcessStartInfo("dotnet", typeof(HelloWorkerHost).Assembly.Location)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment["AUTH_KEY"] = HelloWorkerClient.AuthKey;
            start.Environment["LB_AUTH_KEY"] = HelloWorkerClient.LbAuthKey;
            start.Environment["PORT"] = "0";
            start.Environment["WEBSOCKET_PORT"] = "0";
            foreach (var (name, value) in settings)
                start.Environment[name] = value;
            _process = Process.Start(start)!;
        }

        public async Task<string> ReadUrlAsync()
        {
            var line = await _process.StandardOutput.ReadLineAsync(Cancel);
            line.ShouldNotBeNull();
            line.ShouldStartWith("HelloWorker listens on http://127.0.0.1:");
            return line.Split(' ')[3].TrimEnd(',');
        }

        public void Signal(string name)
        {
            using var kill = Process.Start("kill", $"-{name} {_process.Id}");
            kill.WaitForExit();
        }

        public Task<string> ReadErrorAsync() => _process.StandardError.ReadToEndAsync(Cancel);

        public async Task<int> WaitForExitAsync()
        {
            await _process.WaitForExitAsync(Cancel);
            return _process.ExitCode;
        }

        public async ValueTask DisposeAsync()
        {
            if (!_process.HasExited)
                _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
            _process.Dispose();
        }
    }
}
