using System.Runtime.InteropServices;
using ActorBalancer.Api.Hosting;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Hosting;

public sealed class StopSignalsTests
{
    [Theory]
    [InlineData(PosixSignal.SIGTERM, PosixSignal.SIGTERM, 143)]
    [InlineData(PosixSignal.SIGINT, PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGTERM, PosixSignal.SIGINT, 130)]
    [InlineData(PosixSignal.SIGINT, PosixSignal.SIGTERM, 143)]
    public async Task Take_TwoSignals_TheFirstStopsAndTheSecondEnds(PosixSignal first, PosixSignal second, int code)
    {
        var codes = new List<int>();
        using var signals = new StopSignals(codes.Add);
        var contexts = new[] { new PosixSignalContext(first), new PosixSignalContext(second) };

        signals.First.IsCompleted.ShouldBeFalse();
        signals.Take(contexts[0]);
        await signals.First;
        codes.ShouldBeEmpty();
        signals.Take(contexts[1]);

        codes.ShouldBe([code]);

        // Neither is left to the system, which would end the process in its own way.
        contexts.ShouldAllBe(context => context.Cancel);
    }
}
