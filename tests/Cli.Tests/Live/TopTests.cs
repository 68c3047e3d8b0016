using System.Text.Json;
using System.Threading.Channels;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Live;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Live;

public sealed class TopTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(80, 24)]
    [InlineData(120, 40)]
    [InlineData(40, 12)]
    [InlineData(20, 5)]
    public void Draw_AnySizeAndView_FillsTheTerminalAndNoMore(int width, int height)
    {
        var state = FullState(queues: 50, workers: 50, alerts: 50);

        foreach (var view in Enum.GetValues<TopView>())
        {
            var lines = TopScreen.Draw(state, new TopFrame("http://127.0.0.1:4000", width, height, view, false, Now));

            lines.Count.ShouldBe(height);
            lines.ShouldAllBe(line => line.Width <= width);
        }
    }

    [Fact]
    public void Draw_Overview_ShowsSomeOfEverything()
    {
        var text = Text(FullState(queues: 1, workers: 1, alerts: 1), 80, 24, TopView.Overview);

        text[0].ShouldStartWith("abm top http://127.0.0.1:4000  ready");
        text[0].ShouldEndWith("03:04:05Z");
        text.ShouldContain(static line => line.StartsWith("rates     12/s in   11/s done   0.5/s failed"));
        text.ShouldContain(static line => line.StartsWith("p50/95/99 wait 1.2ms/20ms/300ms   run -/-/-"));
        text.ShouldContain(static line => line.StartsWith("slots     █████"));
        text.ShouldContain(static line => line.StartsWith("g0/1 "));
        text.ShouldContain(static line => line.StartsWith("http://10.0.0.1:5001"));
        text.ShouldContain(static line => line.Contains("backend_down main 1 connection refused"));
        text[^1].ShouldBe("q quit  p pause  1 overview  2 queues  3 workers");
    }

    [Fact]
    public void Draw_MoreThanFits_SaysHowMany()
    {
        var text = Text(FullState(queues: 50, workers: 3, alerts: 0), 80, 24, TopView.Queues);

        text.ShouldContain(static line => line.StartsWith("... ") && line.EndsWith(" more queues"));
    }

    [Fact]
    public void Draw_HostileNames_AreText()
    {
        var state = FullState(queues: 0, workers: 0, alerts: 0);
        state.Take(new ServerEvent("queues", JsonElement.Parse(
            """{"queues":[{"group":"\u001b[2Jevil[red]","contract":1,"counts":{},"rates":{}}]}""")));

        string.Join('\n', Text(state, 80, 24, TopView.Queues)).ShouldContain("evil[red]/1");
    }

    [Fact]
    public void Draw_BeforeTheFirstEvent_Waits() =>
        Text(new TopState(), 80, 24, TopView.Overview).ShouldContain("waiting for the balancer");

    [Fact]
    public async Task Top_KeysAndTheEnd_GiveTheScreenBack()
    {
        await using var stub = Stub();
        var keys = Channel.CreateUnbounded<TopInput>();
        var output = new Screen();
        var run = new CliRun(stub) { Screen = (80, 24), Keys = keys.Reader, Out = output }.RunAsync("top", "--no-color");

        await output.WaitForAsync("g0/1");
        keys.Writer.TryWrite(new TopInput('3'));
        keys.Writer.TryWrite(new TopInput('p'));
        await output.WaitForAsync("PAUSED");
        keys.Writer.TryWrite(new TopInput('q'));
        var result = await run;

        result.Code.ShouldBe(0, result.Error);
        result.Out.ShouldStartWith("\u001b[?1049h\u001b[?25l");
        result.Out.ShouldEndWith("\u001b[?25h\u001b[?1049l");
    }

    [Fact]
    public async Task Top_Interrupted_GivesTheScreenBack()
    {
        await using var stub = Stub();
        using var cancel = new CancellationTokenSource();
        var output = new Screen();
        var run = new CliRun(stub) { Screen = (80, 24), Out = output, Cancel = cancel.Token }.RunAsync("top");

        await output.WaitForAsync("hello");
        await cancel.CancelAsync();
        var result = await run;

        result.Code.ShouldBe(130);
        result.Out.ShouldEndWith("\u001b[?25h\u001b[?1049l");
    }

    [Fact]
    public async Task Top_TheStreamEnds_SaysSoAndTriesAgain()
    {
        await using var stub = Stub().Stream("GET /events", ("status", Bodies.Status.ReplaceLineEndings("")));
        using var cancel = new CancellationTokenSource();
        var output = new Screen();
        var run = new CliRun(stub) { Screen = (80, 24), Out = output, Cancel = cancel.Token }.RunAsync("top");

        await output.WaitForAsync("ended the stream; trying again");
        while (stub.Calls.Count(static call => call.StartsWith("GET /events", StringComparison.Ordinal)) < 2)
            await output.WaitForMoreAsync();
        await cancel.CancelAsync();

        (await run).Code.ShouldBe(130);
    }

    [Fact]
    public async Task Top_NoTerminal_IsWrongUsage()
    {
        await using var stub = Stub();

        var result = await new CliRun(stub).RunAsync("top");

        result.Code.ShouldBe(2);
        result.Error.ShouldContain("needs a terminal");
    }

    [Fact]
    public async Task Top_TooOldABalancer_IsALineAndNoScreen()
    {
        await using var stub = new StubBalancer();

        var result = await new CliRun(stub) { Screen = (80, 24) }.RunAsync("top");

        result.Code.ShouldBe(1);
        result.Out.ShouldBeEmpty();
        result.Error.ShouldContain("too old");
    }

    private static string[] Text(TopState state, int width, int height, TopView view) =>
        [.. TopScreen.Draw(state, new TopFrame("http://127.0.0.1:4000", width, height, view, false, Now))
            .Select(static line => line.ToString())];

    private static TopState FullState(int queues, int workers, int alerts)
    {
        var state = new TopState();
        state.Take(new ServerEvent("status", JsonElement.Parse(Bodies.Status)));
        state.Take(new ServerEvent("queues", JsonElement.Parse(Queues(queues))));
        var all = string.Join(',', Enumerable.Repeat(Bodies.WorkerOne, workers));
        state.Take(new ServerEvent("workers", JsonElement.Parse($$"""{"workers":[{{all}}]}""")));
        for (var i = 0; i < alerts; i++)
        {
            state.Take(new ServerEvent("alert", JsonElement.Parse(
                """{"at":"2026-01-02T03:04:00.000Z","kind":"backend_down","pool":"main","backend":"1","url":"http://x","reason":"connection refused"}""")));
        }

        return state;
    }

    private static string Queues(int count) => "{\"queues\":[" + string.Join(',', Enumerable.Range(0, count).Select(
        static i => $$$"""{"group":"g{{{i}}}","contract":1,"paused":false,"counts":{"queued":1,"running":1},"rates":{"inPerSecond":1}}"""))
        + "]}";

    private static StubBalancer Stub()
    {
        var events = $"event: status\ndata: {Bodies.Status.ReplaceLineEndings("")}\n\n"
            + $"event: queues\ndata: {Queues(2)}\n\n"
            + $"event: workers\ndata: {Bodies.Workers.ReplaceLineEndings("")}\n\n";
        return new StubBalancer().On("GET /status/history", """{"stepSeconds":5,"points":[]}""")
            .On("GET /alerts", """{"alerts":[]}""")
            .On("GET /events", new StubAnswer(200, "text/event-stream", events, IsHeldOpen: true));
    }

    /// <summary>The terminal; tests wait for what is written to it.</summary>
    private sealed class Screen : StringWriter
    {
        private readonly SemaphoreSlim _more = new(0);
        private readonly Lock _gate = new();

        public override void Write(string? value)
        {
            lock (_gate)
                base.Write(value);
        }

        public override string ToString()
        {
            lock (_gate)
                return base.ToString();
        }

        public override void Flush() => _more.Release();

        public async Task WaitForAsync(string text)
        {
            while (!ToString().Contains(text, StringComparison.Ordinal))
                await WaitForMoreAsync();
        }

        public async Task WaitForMoreAsync()
        {
            if (!await _more.WaitAsync(TimeSpan.FromSeconds(30)))
                throw new TimeoutException($"Nothing more was written. There is: {this}");
        }
    }
}
