using System.Text;
using System.Text.Json;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Storage.Journal;

public sealed class TaskExtrasTests : IDisposable
{
    private static readonly byte[] Salt = [.. Enumerable.Range(1, WorkerKeyCipher.SaltBytes).Select(i => (byte)i)];

    private static readonly TaskOptions Full = new()
    {
        Mode = TaskMode.Stream,
        TimeoutMilliseconds = 1,
        Attempts = 2,
        Backoff = new TaskBackoff(true, 3, 4),
        TimeToLiveMilliseconds = 5,
        RetentionMilliseconds = 6,
        Tags = ["a", "\u00FC"],
        TraceState = "ts",
        Idempotency = new IdempotencyMark(UInt128.MaxValue, 7),
        AttemptsBefore = 8,
    };

    private readonly WorkerKeyCipher _cipher = new("balancer", Salt);

    public void Dispose() => _cipher.Dispose();

    [Fact]
    public void Write_TaskThatAsksForNothing_GivesNull()
    {
        TaskExtras.Write(TaskOptions.Default, null, _cipher).ShouldBeNull();
        TaskExtras.Write(new TaskOptions(), null, _cipher).ShouldBeNull();
        TaskExtras.Write(TaskOptions.Default, "00-1", _cipher).ShouldNotBeNull();
        TaskExtras.Write(new TaskOptions { AttemptsBefore = 1 }, null, _cipher).ShouldNotBeNull();
        TaskExtras.Read([], _cipher, out var isReadable).ShouldBeSameAs(TaskExtras.None);
        isReadable.ShouldBeTrue();
    }

    [Fact]
    public void Read_WhatWasWritten_GivesEveryMember()
    {
        var extras = TaskExtras.Read(TaskExtras.Write(Full, "00-1", _cipher), _cipher, out var isReadable);

        isReadable.ShouldBeTrue();
        extras.TraceParent.ShouldBe("00-1");
        extras.Options.Tags.ShouldBe(Full.Tags);
        extras.Options.ShouldBe(Full with { Tags = extras.Options.Tags });
    }

    // A change of this text is a change of the file's format: files that were written before must still be read.
    [Fact]
    public void Write_AllMembers_KeepsTheNamesOfTheFormat() =>
        Encoding.UTF8.GetString(TaskExtras.Write(Full, "00-1", _cipher)!).ShouldBe(
            """
            {"options":{"mode":1,"timeoutMilliseconds":1,"attempts":2,"backoff":{"isExponential":true,
            "delayMilliseconds":3,"maxMilliseconds":4},"timeToLiveMilliseconds":5,"retentionMilliseconds":6,
            "tags":["a","\u00FC"],"traceState":"ts","idempotency":{"key":340282366920938463463374607431768211455,
            "body":7},"attemptsBefore":8},"traceParent":"00-1"}
            """.ReplaceLineEndings(""));

    [Fact]
    public void WriteHistoryAndEvents_AllMembers_KeepTheNamesOfTheFormat()
    {
        Encoding.UTF8.GetString(JournalJson.WriteHistory([new AttemptRecord(1, "w", 2, 3, "e")])!).ShouldBe(
            """[{"number":1,"worker":"w","startedAtMilliseconds":2,"endedAtMilliseconds":3,"error":"e"}]""");
        Encoding.UTF8.GetString(JournalJson.WriteEvents([new TaskEvent(1, TaskEventKind.Chunk, 2, [3])])!).ShouldBe(
            """[{"id":1,"kind":2,"atMilliseconds":2,"data":"Aw=="}]""");
        JournalJson.WriteHistory([]).ShouldBeNull();
        JournalJson.WriteEvents([]).ShouldBeNull();
    }

    [Fact]
    public void Write_Webhook_SealsIt()
    {
        var options = Full with
        {
            Mode = TaskMode.Webhook,
            Webhook = new WebhookAddress("https://host.example/?q=1", [new("x-key", "secret")]),
        };
        var bytes = TaskExtras.Write(options, null, _cipher)!;
        var text = Encoding.UTF8.GetString(bytes);
        text.ShouldNotContain("host.example");
        text.ShouldNotContain("x-key");
        TaskExtras.Write(options, null, _cipher).ShouldNotBe(bytes, "a nonce is never used twice");

        var webhook = TaskExtras.Read(bytes, _cipher, out _).Options.Webhook.ShouldNotBeNull();
        webhook.Url.ShouldBe("https://host.example/?q=1");
        webhook.Headers.ShouldBe([new("x-key", "secret")]);

        using var other = new WorkerKeyCipher("other", Salt);
        var blind = TaskExtras.Read(bytes, other, out var isReadable);
        isReadable.ShouldBeFalse();
        (blind.Options.Webhook, blind.Options.Mode, blind.Options.Attempts).ShouldBe((null, TaskMode.Async, 2));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{}")]
    public void Read_SomethingElse_Throws(string text) =>
        Should.Throw<JsonException>(() => TaskExtras.Read(Encoding.UTF8.GetBytes(text), _cipher, out _));

    [Fact]
    public void OpenBytes_ForAnotherPurpose_GivesNull()
    {
        var bytes = _cipher.SealBytes("text"u8, "a"u8);

        _cipher.OpenBytes(bytes, "a"u8).ShouldBe("text"u8.ToArray());
        _cipher.OpenBytes(bytes, "b"u8).ShouldBeNull();
        _cipher.Open(bytes).ShouldBeNull("it is no worker key");
    }
}
