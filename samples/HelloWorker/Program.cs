using System.Runtime.InteropServices;

namespace ActorBalancer.HelloWorker;

internal static class Program
{
    /// <summary>Exit code for settings that cannot be used.</summary>
    private const int BadSettings = 2;

    private static async Task<int> Main()
    {
        var errors = HelloWorkerSettings.Read(Environment.GetEnvironmentVariable, out var options);
        if (options is null)
        {
            await Console.Error.WriteLineAsync("HelloWorker does not start: " + string.Join("; ", errors) + ".");
            return BadSettings;
        }

        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            await using var host = await HelloWorkerHost.StartAsync(
                options with { LogOutput = Console.Error }, CancellationToken.None);
            Console.WriteLine($"HelloWorker listens on {host.Url}, WebSocket port {host.WebSocketPort}");
            await stop.Task;
            await host.StopAsync(CancellationToken.None);
            return 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync("HelloWorker does not start: " + exception.Message);
            return BadSettings;
        }

        void Stop(PosixSignalContext signal)
        {
            // The process ends by itself once the running tasks have ended.
            signal.Cancel = true;
            stop.TrySetResult();
        }
    }
}
