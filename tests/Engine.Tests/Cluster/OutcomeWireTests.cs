using System.Text;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Engine.Storage.Shared;
using ActorBalancer.Engine.Tasks;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

public sealed class OutcomeWireTests
{
    [Fact]
    public void Decode_WhatEncodeWrote_IsTheSame()
    {
        Prop.ForAll(Outcomes().ToArbitrary(), static outcome =>
        {
            var wire = OutcomeWire.Encode(outcome);
            var read = OutcomeWire.Decode(new SharedReply(TaskState.Dead, wire));
            return read.Kind == outcome.Kind
                && read.WorkerStatus == outcome.WorkerStatus
                && read.Attempts == outcome.Attempts
                && read.Error == outcome.Error
                && read.RetryAfter == outcome.RetryAfter
                && read.Reply is null == (outcome.Reply is null)
                && read.Reply?.ContentType == outcome.Reply?.ContentType
                && (outcome.Reply is null || read.Reply!.Body.Span.SequenceEqual(outcome.Reply.Body.Span))
                && OutcomeWire.Encode(read).AsSpan().SequenceEqual(wire);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Decode_LargeReply_IsWhole()
    {
        var bytes = new byte[16 * 1024 * 1024];
        bytes.AsSpan().Fill(7);
        using var outcome = new TaskOutcome
        {
            Kind = TaskOutcomeKind.Succeeded,
            WorkerStatus = 200,
            Reply = WorkerReply.CopyOf(bytes, "application/octet-stream"),
        };

        using var read = OutcomeWire.Decode(new SharedReply(TaskState.Succeeded, OutcomeWire.Encode(outcome)));

        read.Reply!.Body.Span.SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public void Decode_UnknownVersion_FailsAndSaysSo()
    {
        var wire = OutcomeWire.Encode(new TaskOutcome { Kind = TaskOutcomeKind.Succeeded });
        wire[0] = 99;

        var read = OutcomeWire.Decode(new SharedReply(TaskState.Succeeded, wire));

        read.Kind.ShouldBe(TaskOutcomeKind.Failed);
        read.Error!.ShouldContain("succeeded");
        read.Error!.ShouldContain("99");
    }

    [Fact]
    public void Decode_CutOrChangedAnywhere_NeverThrows()
    {
        var whole = OutcomeWire.Encode(new TaskOutcome
        {
            Kind = TaskOutcomeKind.Succeeded,
            Error = "error",
            RetryAfter = TimeSpan.FromSeconds(3),
            Reply = WorkerReply.CopyOf("{}"u8, "application/json"),
        });
        for (var length = 0; length < whole.Length; length++)
        {
            using var cut = OutcomeWire.Decode(new SharedReply(TaskState.Dead, whole[..length]));
            cut.Kind.ShouldBeOneOf(TaskOutcomeKind.Failed, TaskOutcomeKind.Succeeded);
            for (var value = 0; value < 256; value += 51)
            {
                var changed = whole.ToArray();
                changed[length] = (byte)value;
                OutcomeWire.Decode(new SharedReply(TaskState.Dead, changed)).Dispose();
            }
        }

        OutcomeWire.Decode(new SharedReply(TaskState.Dead, [])).Kind.ShouldBe(TaskOutcomeKind.Failed);
    }

    [Theory]
    [InlineData(TaskState.Succeeded, TaskOutcomeKind.Failed)]
    [InlineData(TaskState.Dead, TaskOutcomeKind.Failed)]
    [InlineData(TaskState.Cancelled, TaskOutcomeKind.Cancelled)]
    [InlineData(TaskState.Expired, TaskOutcomeKind.Expired)]
    public void Decode_NoReply_MakesASentenceOfTheState(TaskState state, TaskOutcomeKind kind)
    {
        var read = OutcomeWire.Decode(new SharedReply(state, null));

        read.Kind.ShouldBe(kind);
        read.Error.ShouldNotBeNullOrEmpty();
    }

    private static Gen<TaskOutcome> Outcomes()
    {
        var texts = Gen.Elements<string?>(null, "", "a sentence.", "äöü \u2713 \U0001F600", new string('x', 3000));
        var kinds = Gen.Elements(Enum.GetValues<TaskOutcomeKind>()
            .Where(static kind => kind != TaskOutcomeKind.Streaming)
            .ToArray());
        return from kind in kinds
               from status in Gen.Choose(0, 599)
               from attempts in Gen.Choose(0, int.MaxValue)
               from error in texts
               from seconds in Gen.Elements<int?>(null, 0, 1, 300)
               from body in Gen.Elements<string?>(null, "", "{\"a\":1}", new string('b', 70_000))
               from type in texts
               select new TaskOutcome
               {
                   Kind = kind,
                   WorkerStatus = status,
                   Attempts = attempts,
                   Error = error,
                   RetryAfter = seconds is { } wait ? TimeSpan.FromSeconds(wait) : null,
                   Reply = body is null ? null : WorkerReply.CopyOf(Encoding.UTF8.GetBytes(body), type),
               };
    }
}
