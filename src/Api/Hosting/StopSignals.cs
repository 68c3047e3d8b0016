using System.Runtime.InteropServices;

namespace ActorBalancer.Api.Hosting;

/// <summary>SIGTERM and SIGINT: the first asks for an orderly stop, the second ends the process at once. Thread-safe.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action<int> _exit;
    private readonly PosixSignalRegistration _term;
    private readonly PosixSignalRegistration _interrupt;
    private int _count;

    /// <summary>Listens from now on.</summary>
    /// <param name="exit">Ends the process with a code; called for every signal after the first.</param>
    public StopSignals(Action<int> exit)
    {
        _exit = exit;
        _term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Take);
    }

    /// <summary>Ends with the first signal.</summary>
    public Task First => _first.Task;

    /// <summary>Takes a signal.</summary>
    internal void Take(PosixSignalContext context)
    {
        context.Cancel = true;

        // 128 and the signal's number, as shells count.
        if (Interlocked.Increment(ref _count) == 1)
            _first.SetResult();
        else
            _exit(context.Signal == PosixSignal.SIGINT ? 130 : 143);
    }

    /// <summary>Gives the signals back to the system.</summary>
    public void Dispose()
    {
        _term.Dispose();
        _interrupt.Dispose();
    }
}
