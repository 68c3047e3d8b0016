using System.Runtime.InteropServices;
using System.Text;
using ActorBalancer.Cli.Live;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli;

/// <summary>abm as a process.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using var cancel = new CancellationTokenSource();
        var code = ExitCodes.Interrupted;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, End);
        await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 1 << 16);
        var host = new CliHost
        {
            Terminal = new Terminal
            {
                Out = output,
                Error = Console.Error,
                In = static () => Console.In,
                OutBytes = Console.OpenStandardOutput,
                IsOutTerminal = !Console.IsOutputRedirected,
                IsErrorTerminal = !Console.IsErrorRedirected,
                IsInTerminal = !Console.IsInputRedirected,
                Size = static () => (Console.WindowWidth, Console.WindowHeight),
            },
            Environment = Environment.GetEnvironmentVariable,
            Inputs = Keyboard.Read,
            CancelCode = () => code,
        };
        try
        {
            return await CliApp.RunAsync(args, host, cancel.Token);
        }
        catch (IOException) when (!host.Terminal.IsOutTerminal)
        {
            // Whoever read the output has enough, as 'abm tasks | head' does.
            return ExitCodes.Failed;
        }

        void End(PosixSignalContext signal)
        {
            // The second one ends it at once.
            if (cancel.IsCancellationRequested)
                return;
            signal.Cancel = true;
            if (signal.Signal == PosixSignal.SIGTERM)
                code = ExitCodes.Terminated;
            cancel.Cancel();
        }
    }
}
