using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace ActorBalancer.Cli.Live;

/// <summary>The keys of the real terminal, and news of its size.</summary>
internal static class Keyboard
{
    /// <summary>Starts to read. The thread that waits for keys ends with the process: no call takes a wait for a key
    /// back.</summary>
    public static ChannelReader<TopInput> Read(CancellationToken cancel)
    {
        var inputs = Channel.CreateBounded<TopInput>(
            new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropWrite });
        var resized = OperatingSystem.IsWindows()
            ? null
            : PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => inputs.Writer.TryWrite(default));
        cancel.Register(() =>
        {
            resized?.Dispose();
            inputs.Writer.TryComplete();
        });
        if (!Console.IsInputRedirected)
            new Thread(() => Pump(inputs.Writer)) { IsBackground = true, Name = "keys" }.Start();
        return inputs.Reader;
    }

    private static void Pump(ChannelWriter<TopInput> inputs)
    {
        try
        {
            while (inputs.TryWrite(new TopInput(char.ToLowerInvariant(Console.ReadKey(intercept: true).KeyChar))))
            {
                // Until the channel is closed.
            }
        }
        catch (Exception fault) when (fault is IOException or InvalidOperationException)
        {
            // The terminal is gone; the signal that says so ends the process.
        }
    }
}
