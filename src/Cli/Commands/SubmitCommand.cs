using System.CommandLine;
using System.Text.Json;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm tasks submit</c>. Immutable once made.</summary>
internal sealed class SubmitCommand
{
    private readonly Argument<string> _group = new("group") { Description = "group of the workers" };
    private readonly Argument<string> _function = new("function") { Description = "function to run" };
    private readonly Option<int> _contract = TaskInput.Contract();
    private readonly Option<string?> _input = TaskInput.Option();
    private readonly Option<string> _mode = new("--mode", "-m")
    {
        Description = "sync and stream wait for the result, async gives an id",
        DefaultValueFactory = static _ => "async",
    };

    private readonly Option<int?> _priority = new("--priority", "-p")
    {
        Description = "1 is first",
        HelpName = "number",
    };

    private readonly Option<string[]> _tags = new("--tag", "-t")
    {
        Description = "a tag to find it by; may come several times",
        HelpName = "text",
    };

    private readonly Option<TimeSpan?> _delay = Durations.Option("--delay", "start it no sooner than after that time");
    private readonly Option<TimeSpan?> _ttl = Durations.Option("--ttl", "let it expire when not started by then");
    private readonly Option<TimeSpan?> _limit = Durations.Option("--task-timeout", "longest time that it may run");
    private readonly Option<int?> _attempts = new("--attempts")
    {
        Description = "how often it is tried",
        HelpName = "number",
    };

    private readonly Option<string?> _order = Text("--ordering-key", "tasks of one key run one after the other");
    private readonly Option<string?> _webhook = Text("--webhook", "address that gets the result, in mode webhook");
    private readonly Option<string?> _idempotency = Text("--idempotency-key", "the same key is the same task");
    private readonly Option<string?> _workerKey = Text("--worker-key", "key of the worker [ABM_WORKER_KEY]");
    private readonly Option<bool> _wait = new("--wait", "-w") { Description = "wait for its end, and show it" };

    private SubmitCommand() => _mode.AcceptOnlyFromAmong("async", "sync", "stream", "webhook");

    /// <summary>Makes the command.</summary>
    public static Command Make(CommandKit kit)
    {
        var submit = new SubmitCommand();
        return kit.Does(
            "submit",
            "run a task",
            [
                submit._group, submit._function, submit._contract, submit._input, submit._mode, submit._priority,
                submit._tags, submit._delay, submit._ttl, submit._limit, submit._attempts, submit._order,
                submit._webhook, submit._idempotency, submit._workerKey, submit._wait,
            ],
            submit.RunAsync,
            """abm tasks submit hello hello --input '{"name":"World"}' --wait""",
            "abm tasks submit hello hello --mode sync --input @input.json",
            "jq .input order.json | abm tasks submit orders ship --input - --tag order-17");
    }

    private static Option<string?> Text(string name, string description) => new(name)
    {
        Description = description,
        HelpName = name == "--webhook" ? "url" : "text",
    };

    private async Task<int> RunAsync(Session session)
    {
        var mode = session.Get(_mode)!;
        if (session.Get(_wait) && mode is "sync" or "stream")
            throw CliException.Usage($"mode {mode} waits by itself; --wait is for async and webhook");
        var body = await MakeBodyAsync(session, mode);
        (string, string?)[] headers =
        [
            ("x-wr-auth", WorkerCommands.WorkerKey(session, _workerKey)),
            ("Idempotency-Key", session.Get(_idempotency)),
        ];
        if (mode == "stream")
            return await StreamAsync(session, body, headers);
        var answer = await session.Client.SendAsync(
            HttpMethod.Post, "/task", session.Cancel, BalancerClient.JsonBody(body), headers, isLong: mode == "sync");
        if (mode == "sync")
        {
            session.Tell(answer, TaskDetails.Value(answer));
            return ExitCodes.Done;
        }

        var id = answer.Text("taskId") ?? throw Refusals.Strange(session.Client.Connection, "a task without an id");
        if (session.Get(_wait))
            return await TaskFollower.WaitAsync(session, id, limit: null);
        session.Tell(answer, Line.Of(id));
        return ExitCodes.Done;
    }

    // The bytes go on as they come; a terminal gets them as safe text.
    private static async Task<int> StreamAsync(Session session, byte[] body, (string, string?)[] headers)
    {
        using var answer = await session.Client.OpenAsync(
            HttpMethod.Post, "/task", session.Cancel, BalancerClient.JsonBody(body), headers);
        await using var stream = await answer.Content.ReadAsStreamAsync(session.Cancel);
        var terminal = session.Host.Terminal;
        try
        {
            if (!terminal.IsOutTerminal && terminal.OutBytes is { } open)
            {
                await using var output = open();
                await stream.CopyToAsync(output, session.Cancel);
                return ExitCodes.Done;
            }

            using var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync(session.Cancel) is { } line)
                session.Painter.Write([Line.Of(line)]);
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            throw CliException.Failed("the stream broke off before its end");
        }

        return ExitCodes.Done;
    }

    private async Task<byte[]> MakeBodyAsync(Session session, string mode)
    {
        var input = await TaskInput.ReadAsync(session, _input);
        using var stream = new MemoryStream();
        await using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("group", session.Get(_group));
            json.WriteString("function", session.Get(_function));
            json.WriteNumber("contract", session.Get(_contract));
            json.WriteString("mode", mode);
            if (input is { } value)
            {
                json.WritePropertyName("input");
                value.WriteTo(json);
            }

            WriteOptions(session, json);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private void WriteOptions(Session session, Utf8JsonWriter json)
    {
        Write(json, "priority", session.Get(_priority));
        Write(json, "attempts", session.Get(_attempts));
        Write(json, "delay", session.Get(_delay)?.TotalMilliseconds);
        Write(json, "ttl", session.Get(_ttl)?.TotalMilliseconds);
        Write(json, "timeout", session.Get(_limit)?.TotalMilliseconds);
        if (session.Get(_order) is { } order)
            json.WriteString("orderingKey", order);
        if (session.Get(_webhook) is { } url)
        {
            json.WriteStartObject("webhook");
            json.WriteString("url", url);
            json.WriteEndObject();
        }

        if (session.Get(_tags) is not { Length: > 0 } tags)
            return;
        json.WriteStartArray("tags");
        foreach (var tag in tags)
            json.WriteStringValue(tag);
        json.WriteEndArray();
    }

    // Whole numbers all of them; what the balancer does not allow is its to say.
    private static void Write(Utf8JsonWriter json, string name, double? number)
    {
        if (number is { } value)
            json.WriteNumber(name, (long)Math.Round(value));
    }
}
