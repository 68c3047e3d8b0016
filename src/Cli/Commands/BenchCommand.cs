using System.CommandLine;
using System.Text.Json;
using ActorBalancer.Cli.Live;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm bench</c>. Immutable once made.</summary>
internal sealed class BenchCommand
{
    private const int ConnectionsMax = 1000;
    private static readonly TimeSpan DurationDefault = TimeSpan.FromSeconds(10);

    private readonly Option<int> _connections = new("--connections", "-n")
    {
        Description = "requests at once",
        HelpName = "number",
        DefaultValueFactory = static _ => 16,
    };

    private readonly Option<TimeSpan?> _duration = Durations.Option("--duration", "how long [default: 10s]");
    private readonly Option<string> _group = Name("--group", "group of the workers");
    private readonly Option<string> _function = Name("--function", "function to run");
    private readonly Option<int> _contract = TaskInput.Contract();
    private readonly Option<string?> _input = TaskInput.Option();
    private readonly Option<string> _mode = new("--mode", "-m")
    {
        Description = "sync measures until the result is there, async until the task is taken",
        DefaultValueFactory = static _ => "sync",
    };

    private readonly Option<string?> _workerKey = new("--worker-key")
    {
        Description = "key of the worker [ABM_WORKER_KEY]",
        HelpName = "key",
    };

    private BenchCommand()
    {
        _mode.AcceptOnlyFromAmong("sync", "async");
        _connections.Validators.Add(static result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var count)
                && count is < 1 or > ConnectionsMax)
            {
                result.AddError($"--connections is 1 to {ConnectionsMax}");
            }
        });
    }

    /// <summary>Makes the command.</summary>
    public static Command Make(CommandKit kit)
    {
        var bench = new BenchCommand();
        return kit.Does(
            "bench",
            "load the balancer with tasks for a while, and show rate and percentiles. The tasks are real ones",
            [
                bench._connections, bench._duration, bench._group, bench._function, bench._contract, bench._input,
                bench._mode, bench._workerKey,
            ],
            bench.RunAsync,
            """abm bench --group hello --function hello --input '{"name":"x"}' --connections 32 --duration 30s""",
            "abm bench --group hello --function hello --mode async --json");
    }

    private static Option<string> Name(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "name",
        Required = true,
    };

    private async Task<int> RunAsync(Session session)
    {
        var body = await MakeBodyAsync(session);
        var run = new BenchRun(
            session.Client, session.Host.Time, body, WorkerCommands.WorkerKey(session, _workerKey));
        var duration = session.Get(_duration) ?? DurationDefault;
        using var over = new CancellationTokenSource(duration, session.Host.Time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(over.Token, session.Cancel);
        using (var progress = new Progress(session, "bench"))
        {
            var running = run.RunAsync(session.Get(_connections), end.Token);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250), session.Host.Time);
            var tick = timer.WaitForNextTickAsync(CancellationToken.None).AsTask();
            while (await Task.WhenAny(running, tick) == tick)
            {
                run.Look();
                progress.Report(
                    $"{Figures.Rate(run.Rate)}, p99 {Figures.Duration(run.Times.Percentile(99))}, {run.Failed} errors");
                tick = timer.WaitForNextTickAsync(CancellationToken.None).AsTask();
            }

            await running;
        }

        session.Tell(ToJson(session, run), Draw(run));
        session.Cancel.ThrowIfCancellationRequested();
        if (run.Times.Count > 0)
            return ExitCodes.Done;
        var worst = run.Errors.OrderByDescending(static error => error.Value).Select(static error => error.Key);
        throw CliException.Failed(
            $"nothing was answered by {session.Client.Connection.Name}: {worst.FirstOrDefault() ?? "too slow"}");
    }

    private static IEnumerable<Line> Draw(BenchRun run)
    {
        var times = run.Times;
        yield return Field("tasks").Add(Figures.Count(times.Count), Tone.Accent)
            .Add($" in {Figures.Duration(run.Elapsed.TotalMilliseconds)}");
        yield return Field("rate").Add(Figures.Rate(run.Rate), Tone.Accent);
        foreach (var percent in (double[])[50, 90, 99])
            yield return Field($"p{percent:0}").Add(Figures.Duration(times.Percentile(percent)));
        yield return Field("max").Add(
            times.Count > 0 ? Figures.Duration(times.MaxMicroseconds / 1000.0) : Figures.None);
        yield return Field("errors").Add(States.Fault(run.Failed, $"{run.Failed}"));
        foreach (var (error, count) in run.Errors.OrderByDescending(static error => error.Value))
            yield return Field("").Add($"{count} x {error}", Tone.Bad);
    }

    private JsonElement ToJson(Session session, BenchRun run) => JsonWriting.Make(json =>
    {
        json.WriteString("mode", session.Get(_mode));
        json.WriteNumber("connections", session.Get(_connections));
        json.WriteNumber("seconds", Math.Round(run.Elapsed.TotalSeconds, 3));
        json.WriteNumber("tasks", run.Times.Count);
        json.WriteNumber("perSecond", Math.Round(run.Rate, 1));
        json.WriteStartObject("latencyMs");
        foreach (var percent in (double[])[50, 90, 99])
            Write(json, $"p{percent:0}", run.Times.Percentile(percent));
        Write(json, "max", run.Times.Count > 0 ? run.Times.MaxMicroseconds / 1000.0 : null);
        json.WriteEndObject();
        json.WriteNumber("errors", run.Failed);
        json.WriteStartObject("errorKinds");
        foreach (var (error, count) in run.Errors)
            json.WriteNumber(error, count);
        json.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value)
            json.WriteNumber(name, Math.Round(value, 3));
        else
            json.WriteNull(name);
    }

    private static Line Field(string name) => Line.Of(name, Tone.Head).PadTo(8);

    private async Task<byte[]> MakeBodyAsync(Session session)
    {
        var input = await TaskInput.ReadAsync(session, _input);
        using var stream = new MemoryStream();
        await using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("group", session.Get(_group));
            json.WriteString("function", session.Get(_function));
            json.WriteNumber("contract", session.Get(_contract));
            json.WriteString("mode", session.Get(_mode));
            json.WritePropertyName("input");
            if (input is { } value)
                value.WriteTo(json);
            else
                json.WriteRawValue("{}");
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
