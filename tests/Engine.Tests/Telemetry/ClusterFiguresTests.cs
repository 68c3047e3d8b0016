using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Tests.Cluster;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Telemetry;

/// <summary>What a desk of a cluster counts while other nodes run its tasks.</summary>
public sealed class ClusterFiguresTests
{
    [Fact]
    public async Task Figures_AnotherNodeEndsTheTask_OnlyTheSubmissionIsCountedHere()
    {
        await using var harness = await SharedDeskHarness.StartAsync();

        var running = harness.A.RunAsync();
        await harness.SucceedAsync(await harness.LeaseAsync());
        (await SharedDeskHarness.WaitAsync(running)).Dispose();

        var figures = harness.A.Context.Figures.Read(0);
        (figures.Submitted, figures.Succeeded, figures.Attempts).ShouldBe((1, 0, 0));
    }

    [Fact]
    public async Task Figures_TaskIsCalledOffHere_ItsEndIsCountedOnce()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var receipts = await harness.A.Desk.SubmitAsync(
            [SharedDeskHarness.Request(static options => options with { Mode = TaskMode.Async })]);

        await harness.A.Desk.CancelAsync(receipts[0].Id);
        await harness.A.Desk.CancelAsync(receipts[0].Id);

        var figures = harness.A.Context.Figures.Read(0);
        (figures.Submitted, figures.Cancelled).ShouldBe((1, 1));
        figures.Total.Counts.Sum().ShouldBe(1);
    }

    [Fact]
    public async Task Figures_SameKeyFromTwoNodes_IsSubmittedOnce()
    {
        await using var harness = await SharedDeskHarness.StartAsync();
        var other = await harness.AddNodeAsync("b");
        var request = SharedDeskHarness.Request(
            static options => options with { Mode = TaskMode.Async, Idempotency = SharedDeskHarness.Mark() });

        await harness.A.Desk.SubmitAsync([request]);
        await other.Desk.SubmitAsync([request]);

        harness.A.Context.Figures.Read(0).Submitted.ShouldBe(1);
        other.Context.Figures.Read(0).Submitted.ShouldBe(0);
    }
}
