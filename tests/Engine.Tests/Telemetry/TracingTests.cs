using System.Diagnostics;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Telemetry;

public sealed class TracingTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static readonly TaskId Id = new(Guid.Parse("01970000-1111-7222-8333-444455556666"));

    [Theory]
    [InlineData(null, "01970000111172228333444455556666")]
    [InlineData($"00-{Trace}-00f067aa0ba902b7-01", Trace)]
    [InlineData($"42-{Trace}-00f067aa0ba902b7-01-more", Trace)]
    public void TraceIdOf_WithAndWithoutParent_IsOneTrace(string? parent, string expected)
    {
        Tracing.TraceIdOf(Id, parent).ShouldBe(expected);
        Tracing.ContextOf(Id, parent, null).TraceId.ToHexString().ShouldBe(expected);
    }

    [Fact]
    public void ParentOf_TaskWithoutParent_IsWellFormedAndOfItsTrace()
    {
        var parent = Tracing.ParentOf(Id, 26);

        parent.ShouldBe("00-01970000111172228333444455556666-000000000000001a-01");
        ActivityContext.TryParse(parent, null, out var context).ShouldBeTrue();
        context.TraceId.ShouldBe(Tracing.ContextOf(Id, null, null).TraceId);
    }

    [Fact]
    public void ContextOf_TaskThatNobodyListenedTo_IsNotRecorded() =>
        Tracing.ContextOf(Id, null, null).TraceFlags.ShouldBe(ActivityTraceFlags.None);

    [Fact]
    public void ContextOf_ParentWithState_KeepsBoth()
    {
        var context = Tracing.ContextOf(Id, $"00-{Trace}-00f067aa0ba902b7-01", "a=b");

        context.TraceState.ShouldBe("a=b");
        context.IsRemote.ShouldBeTrue();
        context.TraceFlags.ShouldBe(ActivityTraceFlags.Recorded);
        context.SpanId.ToHexString().ShouldBe("00f067aa0ba902b7");
    }

    [Fact]
    public void Mark_OfTask_NamesTheTraceWhereItIsAnother()
    {
        new TaskMark(Id, null).ToString().ShouldBe(Id.ToString());
        new TaskMark(Id, $"00-{Trace}-00f067aa0ba902b7-01").ToString().ShouldBe($"{Id} (trace {Trace})");
    }
}
