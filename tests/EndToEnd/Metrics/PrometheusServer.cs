using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.EndToEnd.Metrics;

/// <summary>A real Prometheus of a test's own: on a free port of 127.0.0.1, in a temporary folder. Ends with the test.
/// </summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly Process _process;
    private readonly HttpClient _http;

    private PrometheusServer(Process process, int port)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    /// <summary>Starts one.</summary>
    /// <param name="folder">Where it keeps what it reads.</param>
    /// <param name="configuration">Its file.</param>
    public static async Task<PrometheusServer> StartAsync(TemporaryFolder folder, string configuration)
    {
        var file = folder.Combine("prometheus.yml");
        await File.WriteAllTextAsync(file, configuration);
        var port = FreePort.Next();
        var process = Process.Start(new ProcessStartInfo("prometheus",
        [
            $"--config.file={file}", $"--storage.tsdb.path={folder.Combine("tsdb")}",
            $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
        ])
        { UseShellExecute = false })!;
        return new PrometheusServer(process, port);
    }

    /// <summary>Runs <c>promtool</c>.</summary>
    /// <returns>What it said, and its exit code: 0 for no complaint.</returns>
    public static async Task<(int Code, string Text)> CheckAsync(string? input, params string[] arguments)
    {
        using var tool = Process.Start(new ProcessStartInfo("promtool", arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        if (input is not null)
            await tool.StandardInput.WriteAsync(input);
        tool.StandardInput.Close();
        var errors = tool.StandardError.ReadToEndAsync();
        var output = await tool.StandardOutput.ReadToEndAsync();
        await tool.WaitForExitAsync();
        return (tool.ExitCode, output + await errors);
    }

    /// <summary>Value of an expression that has one; null when it has none yet.</summary>
    public async Task<double?> AskAsync(string expression)
    {
        using var answer = await GetAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}");
        var result = answer?.RootElement.GetProperty("data").GetProperty("result");
        return result is { } found && found.GetArrayLength() > 0
            ? double.Parse(found[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)
            : null;
    }

    /// <summary>Waits until an expression has the value. Prometheus tells of nothing by itself.</summary>
    /// <exception cref="TimeoutException">It had not within a minute.</exception>
    public async Task WaitForAsync(string expression, double value)
    {
        var began = Stopwatch.GetTimestamp();
        double? last = null;
        while (Stopwatch.GetElapsedTime(began) < Patience)
        {
            last = await AskAsync(expression);
            if (last == value)
                return;
            await Task.Delay(Look);
        }

        throw new TimeoutException($"{expression} is {last}, not {value}; {await DescribeTargetsAsync()}");
    }

    /// <summary>What went wrong with the last look at each target; empty texts when nothing did.</summary>
    public async Task<IReadOnlyList<(string Job, string Health, string Error)>> TargetsAsync()
    {
        using var answer = await GetAsync("/api/v1/targets?state=active");
        return
        [
            .. answer!.RootElement.GetProperty("data").GetProperty("activeTargets").EnumerateArray().Select(
                static target => (
                    target.GetProperty("labels").GetProperty("job").GetString()!,
                    target.GetProperty("health").GetString()!,
                    target.GetProperty("lastError").GetString()!)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private async Task<string> DescribeTargetsAsync() => string.Join("; ", await TargetsAsync());

    // Null while it does not listen yet.
    private async Task<JsonDocument?> GetAsync(string path)
    {
        try
        {
            using var answer = await _http.GetAsync(path);
            return answer.IsSuccessStatusCode
                ? JsonDocument.Parse(await answer.Content.ReadAsStringAsync())
                : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
