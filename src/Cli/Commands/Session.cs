using System.CommandLine;
using System.Text.Json;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary>One run of a command: its arguments, the balancer, and where it writes.</summary>
internal sealed class Session : IDisposable
{
    private readonly Lazy<BalancerClient> _client;

    /// <summary>A run.</summary>
    /// <param name="host">What is around it.</param>
    /// <param name="globals">The options of every command.</param>
    /// <param name="parse">The command line.</param>
    /// <param name="cancel">Ends the run.</param>
    public Session(CliHost host, GlobalOptions globals, ParseResult parse, CancellationToken cancel)
    {
        Host = host;
        Globals = globals;
        Parse = parse;
        Cancel = cancel;
        IsJson = parse.GetValue(globals.Json);
        Timeout = parse.GetValue(globals.Timeout);
        IsColored = host.Terminal.IsOutTerminal && !IsJson && !parse.GetValue(globals.NoColor)
            && host.Environment("NO_COLOR") is null or "" && host.Environment("TERM") != "dumb";
        Painter = new Painter(host.Terminal.Out, IsColored);
        _client = new Lazy<BalancerClient>(
            () => new BalancerClient(ConnectionChoice.Choose(host, globals, parse), host.Time));
    }

    /// <summary>What is around it.</summary>
    public CliHost Host { get; }

    /// <summary>The options of every command.</summary>
    public GlobalOptions Globals { get; }

    /// <summary>The command line.</summary>
    public ParseResult Parse { get; }

    /// <summary>Ends the run.</summary>
    public CancellationToken Cancel { get; }

    /// <summary>A program reads the output.</summary>
    public bool IsJson { get; }

    /// <summary>The longest wait that was asked for; null for none.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>Colours are wanted.</summary>
    public bool IsColored { get; }

    /// <summary>Writes for people.</summary>
    public Painter Painter { get; }

    /// <summary>The balancer; which one is found out at the first use.</summary>
    public BalancerClient Client => _client.Value;

    /// <summary>The moment.</summary>
    public DateTimeOffset Now => Host.Time.GetUtcNow();

    /// <summary>Value of an option.</summary>
    public T? Get<T>(Option<T> option) => Parse.GetValue(option);

    /// <summary>Value of an argument.</summary>
    public T? Get<T>(Argument<T> argument) => Parse.GetValue(argument);

    /// <summary>Asks the balancer.</summary>
    public Task<JsonElement> GetAsync(string path) => Client.GetAsync(path, Cancel);

    /// <summary>Gives the balancer an order.</summary>
    public Task<JsonElement> PostAsync(string path, bool isLong = false) =>
        Client.SendAsync(HttpMethod.Post, path, Cancel, isLong: isLong);

    /// <summary>Tells the outcome: the JSON to a program, the lines to a person.</summary>
    public void Tell(JsonElement json, params IEnumerable<Line> lines)
    {
        if (IsJson)
            WriteJson(json);
        else
            Painter.Write(lines);
    }

    /// <summary>Writes JSON on a line.</summary>
    public void WriteJson(JsonElement json)
    {
        Host.Terminal.Out.WriteLine(JsonWriting.Compact(json));
        Host.Terminal.Out.Flush();
    }

    /// <summary>Asks a person whether something is really meant.</summary>
    /// <param name="question">What would happen, with a question mark.</param>
    /// <param name="isSure">The command line has said yes.</param>
    /// <exception cref="CliException">There is nobody to ask, or the answer is no.</exception>
    public void Confirm(string question, bool isSure)
    {
        if (isSure)
            return;
        var terminal = Host.Terminal;
        if (!terminal.IsInTerminal || !terminal.IsErrorTerminal)
            throw CliException.Usage("nobody is there to be asked whether this is meant; say --yes");
        terminal.Error.Write(SafeText.Clean(question) + " [y/N] ");
        terminal.Error.Flush();
        if (terminal.In().ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
            throw CliException.Failed("nothing was done");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_client.IsValueCreated)
            _client.Value.Dispose();
    }
}
