using ActorBalancer.Api.Logging;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Logging;

public sealed class LogOutputTests
{
    // Only a guard against a test that hangs.
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    [Fact]
    public void Dispose_LinesWait_WritesThemAllInOrder()
    {
        using var stream = new GatedStream();
        stream.Open();
        var output = new LogOutput(stream, NoDrops);

        for (var line = 0; line < 5000; line++) output.TryWrite($"line {line} é").ShouldBeTrue();
        output.Dispose();

        stream.Lines().ShouldBe(Enumerable.Range(0, 5000).Select(static line => $"line {line} é"));
        output.DroppedCount.ShouldBe(0);
    }

    [Fact]
    public void TryWrite_StreamIsStuck_DropsBeyondTheBoundAndSaysSoOnceItFlows()
    {
        using var stream = new GatedStream();
        var output = new LogOutput(stream, static count => $"dropped {count}");
        output.TryWrite("first");
        WaitForTheFirstWrite(stream);

        for (var line = 0; line < LogOutput.LinesMax; line++) output.TryWrite($"line {line}").ShouldBeTrue();
        output.TryWrite("too much").ShouldBeFalse();
        output.TryWrite("too much").ShouldBeFalse();
        output.DroppedCount.ShouldBe(2);
        stream.Open();
        output.Dispose();

        var lines = stream.Lines();
        lines.Length.ShouldBe(LogOutput.LinesMax + 2);
        lines[0].ShouldBe("first");
        lines[^2].ShouldBe($"line {LogOutput.LinesMax - 1}");
        lines[^1].ShouldBe("dropped 2");
    }

    [Fact]
    public void TryWrite_LongLinesWait_DropsBeyondTheCharacters()
    {
        using var stream = new GatedStream();
        using var output = new LogOutput(stream, static count => $"dropped {count}");
        output.TryWrite("first");
        WaitForTheFirstWrite(stream);
        var half = new string('x', LogOutput.CharactersMax / 2);

        output.TryWrite(half).ShouldBeTrue();
        output.TryWrite(half).ShouldBeTrue();
        output.TryWrite("x").ShouldBeFalse();

        stream.Open();
    }

    [Fact]
    public void TryWrite_StreamBreaks_DropsFromThenOnWithoutAnError()
    {
        using var stream = new GatedStream { IsBroken = true };
        var output = new LogOutput(stream, NoDrops);
        output.TryWrite("first");
        stream.Open();
        output.Dispose();

        output.TryWrite("second").ShouldBeFalse();
        output.DroppedCount.ShouldBe(2);
    }

    [Fact]
    public void Dispose_StreamIsStuck_GivesUp()
    {
        using var stream = new GatedStream();
        var output = new LogOutput(stream, NoDrops, TimeSpan.FromMilliseconds(1));
        output.TryWrite("first");
        WaitForTheFirstWrite(stream);

        output.Dispose();

        stream.Lines().ShouldBeEmpty();
        stream.Open();
    }

    [Fact]
    public void Dispose_Twice_DoesNothingMore()
    {
        using var stream = new GatedStream();
        stream.Open();
        var output = new LogOutput(stream, NoDrops);
        output.TryWrite("line");

        output.Dispose();
        output.Dispose();

        stream.Lines().ShouldBe(["line"]);
        output.TryWrite("late").ShouldBeFalse();
    }

    [Fact]
    public async Task TryWrite_FromManyThreads_LosesNothingThatWasTaken()
    {
        using var stream = new GatedStream();
        stream.Open();
        var output = new LogOutput(stream, NoDrops);

        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
            Enumerable.Range(0, 20_000).Count(line => output.TryWrite($"{thread} {line}")))));
        output.Dispose();

        stream.Lines().Count(static line => line != "drops").ShouldBe(counts.Sum());
        output.DroppedCount.ShouldBe(80_000 - counts.Sum());
    }

    private static void WaitForTheFirstWrite(GatedStream stream) =>
        stream.Entered.Wait(Guard, TestContext.Current.CancellationToken)
            .ShouldBeTrue("the thread never wrote the first line");

    private static string NoDrops(long count) => "drops";
}
