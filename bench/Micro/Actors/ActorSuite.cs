namespace ActorBalancer.Micro.Actors;

/// <summary>The actor runtime against a bare channel with one reader, and its costs a piece.</summary>
internal static class ActorSuite
{
    private const int Actors = 100_000;

    internal static async Task<int> RunAsync()
    {
        var report = new Report("Actor runtime");
        await WarmUpAsync();
        await TellAsync(report, producers: 1, ratioMin: 0.8);
        await TellAsync(report, producers: 8, ratioMin: 0.6);
        report.AtMost("ask round trip", await Report.MedianAsync(AskBench.MicrosecondsAsync), 1.5, "us");
        report.Note(
            "allocated by an ask, its message included", await Report.MedianAsync(AskBench.AllocatedBytesAsync), "B");
        report.AtMost(
            "spawn and stop of 100,000 actors",
            await Report.MedianAsync(() => SpawnBench.SecondsAsync(Actors)),
            1,
            "s");
        report.AtMost(
            "memory of an idle actor, its name included",
            await Report.MedianAsync(() => IdleBench.BytesAsync(Actors, messages: 0)),
            1024,
            "B");
        report.Note(
            "the same after it handled a message",
            await Report.MedianAsync(() => IdleBench.BytesAsync(Actors, messages: 1)),
            "B");
        return report.Print() ? 0 : 1;
    }

    private static async Task WarmUpAsync()
    {
        // Tiered compilation replaces the hot loops after some runs in the background.
        for (var i = 0; i < 3; i++)
        {
            await TellBench.ActorAsync(8);
            await TellBench.ChannelAsync(8);
            await AskBench.MicrosecondsAsync();
        }
    }

    private static async Task TellAsync(Report report, int producers, double ratioMin)
    {
        var (channel, actor) = await Report.MediansAsync(
            () => TellBench.ChannelAsync(producers), () => TellBench.ActorAsync(producers));
        var what = producers == 1 ? "1 producer" : $"{producers} producers";
        report.Note($"channel, {what}", channel, "M/s");
        report.Note($"tell, {what}", actor, "M/s");
        report.AtLeast($"tell to channel, {what}", actor / channel, ratioMin, "x");
    }
}
