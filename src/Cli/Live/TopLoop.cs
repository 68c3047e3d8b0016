using System.Threading.Channels;
using ActorBalancer.Cli.Commands;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Live;

/// <summary>Runs the full screen: events and keys come in through one channel, frames go out. One loop owns the state.
/// </summary>
/// <param name="session">The run.</param>
internal sealed class TopLoop(Session session)
{
    private const string Stream = "/events?topics=status,history,queues,workers,alerts";

    /// <summary>Wait before a stream that broke off is asked for again. Source: ours.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private readonly Terminal _terminal = session.Host.Terminal;
    private readonly TopState _state = new();

    // What is to be done by the loop that owns the state. Who is slow to draw makes the stream wait, which is bounded
    // by the balancer.
    private readonly Channel<Action> _changes = Channel.CreateBounded<Action>(256);
    private TopView _view;
    private bool _isPaused;
    private bool _isOver;

    /// <summary>Runs until a key or the session's end.</summary>
    /// <exception cref="CliException">The balancer cannot be reached at the start.</exception>
    /// <exception cref="OperationCanceledException">The session was ended.</exception>
    public async Task<int> RunAsync()
    {
        // The first look is without the screen: what is wrong with it stands as a line where it can be read.
        (await BeginAsync(session.Cancel))();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(session.Cancel);
        _terminal.Out.Write(Codes.TakeScreen);
        try
        {
            var sources = Task.WhenAll(ListenAsync(end.Token), ReadKeysAsync(end.Token));
            await ShowAsync(end.Token);
            await end.CancelAsync();
            await sources;
        }
        finally
        {
            await end.CancelAsync();
            _terminal.Out.Write(Codes.GiveScreen);
            _terminal.Out.Flush();
        }

        return ExitCodes.Done;
    }

    private async Task<Action> BeginAsync(CancellationToken cancel)
    {
        var history = await session.Client.GetAsync("/status/history", cancel);
        var alerts = await session.Client.GetAsync("/alerts", cancel);
        return () => _state.Begin(history, alerts);
    }

    private async Task ShowAsync(CancellationToken end)
    {
        Draw();
        while (!_isOver && await _changes.Reader.WaitToReadAsync(end))
        {
            while (!_isOver && _changes.Reader.TryRead(out var change))
                change();
            Draw();
        }
    }

    private void Draw()
    {
        var (width, height) = _terminal.Size();
        var frame = new TopFrame(
            session.Client.Connection.Name, Math.Max(20, width), Math.Max(5, height), _view, _isPaused, session.Now);
        session.Painter.Draw(TopScreen.Draw(_state, frame));
    }

    private async Task ReadKeysAsync(CancellationToken end)
    {
        try
        {
            await foreach (var input in session.Host.Inputs(end).ReadAllAsync(end))
                await _changes.Writer.WriteAsync(() => Obey(input), end);
        }
        catch (OperationCanceledException)
        {
            // The screen is closed.
        }
    }

    private void Obey(TopInput input)
    {
        switch (input.Key)
        {
            case 'q':
                _isOver = true;
                break;
            case 'p' or ' ':
                _isPaused = !_isPaused;
                break;
            case >= '1' and <= '3':
                _view = (TopView)(input.Key - '1');
                break;
            default:
                // Any other key, or another size: the frame is drawn again.
                break;
        }
    }

    private async Task ListenAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await foreach (var each in session.Client.EventsAsync(Stream, end))
                    await _changes.Writer.WriteAsync(() => Take(each), end);
                await TellAsync("the balancer ended the stream; trying again", end);
                await _changes.Writer.WriteAsync(await BeginAsync(end), end);
            }
            catch (CliException fault)
            {
                await TellAsync(fault.Message + "; trying again", end);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Take(ServerEvent each)
    {
        if (!_isPaused)
            _state.Take(each);
    }

    private async Task TellAsync(string trouble, CancellationToken end)
    {
        try
        {
            await _changes.Writer.WriteAsync(() => _state.Trouble = trouble, end);
            await Task.Delay(Rest, session.Host.Time, end);
        }
        catch (OperationCanceledException)
        {
            // The screen is closed.
        }
    }
}
