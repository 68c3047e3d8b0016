using System.Text.Json;
using ActorBalancer.Api.Logging;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Logging;

public sealed partial class BalancerLogProviderTests
{
    private const string Time = "[2026-01-02T03:04:05.678Z]";
    private static readonly string Long = new('x', 10_000);

    [Theory]
    [InlineData(LogLevel.Trace, "DEBUG")]
    [InlineData(LogLevel.Debug, "DEBUG")]
    [InlineData(LogLevel.Information, "INFO")]
    [InlineData(LogLevel.Warning, "WARN")]
    [InlineData(LogLevel.Error, "ERROR")]
    [InlineData(LogLevel.Critical, "ERROR")]
    public void Log_EachLevel_IsOneLineInOutputAndRing(LogLevel level, string name)
    {
        var lines = Run(LogLevel.Trace, LogFormat.Text, log => Say(log, level, null, "hello you"), out var ring);

        lines.ShouldBe([$"{Time} [{name}] hello you"]);
        ring.ShouldBe(lines);
    }

    [Theory]
    [InlineData(LogLevel.Error, "ERROR ERROR")]
    [InlineData(LogLevel.Warning, "WARN ERROR ERROR")]
    [InlineData(LogLevel.Information, "INFO WARN ERROR ERROR")]
    [InlineData(LogLevel.Debug, "DEBUG INFO WARN ERROR ERROR")]
    [InlineData(LogLevel.Trace, "DEBUG DEBUG INFO WARN ERROR ERROR")]
    public void Log_BelowTheLevel_IsLeftOut(LogLevel level, string expected)
    {
        var lines = Run(level, LogFormat.Text, static log =>
        {
            foreach (var each in Enum.GetValues<LogLevel>())
            {
                Say(log, each, null, log.IsEnabled(each) ? "x" : "must not appear");
            }
        });

        string.Join(' ', lines.Select(static line => line.Split('[', ']')[3])).ShouldBe(expected);
        lines.ShouldAllBe(static line => line.EndsWith("] x"));
    }

    [Fact]
    public void Log_MessageThatForgesALine_StaysOneLine()
    {
        var lines = Run(LogLevel.Information, LogFormat.Text, static log =>
            Say(log, LogLevel.Information, null,
                "x\r\n[2026-01-01T00:00:00.000Z] [ERROR] forged\u001b[2J\u2028\u202e"));

        lines.ShouldBe(
            [$"{Time} [INFO] x\\r\\n[2026-01-01T00:00:00.000Z] [ERROR] forged\\u001b[2J\\u2028\\u202e"]);
    }

    [Fact]
    public void Log_LongMessage_IsCutAtTheBound()
    {
        var lines = Run(
            LogLevel.Information, LogFormat.Text, static log => Say(log, LogLevel.Information, null, Long));

        var head = $"{Time} [INFO] ";
        lines.ShouldBe(
            [head + new string('x', 8192 - head.Length) + $"...(cut, {10_000 - 8192 + head.Length} more)"]);
    }

    [Fact]
    public void Log_ExceptionAtInfo_AddsTypeAndMessageOfAllCauses()
    {
        var lines = Run(
            LogLevel.Information, LogFormat.Text, static log => Say(log, LogLevel.Error, Thrown(), "It failed"));

        lines.ShouldBe([$"{Time} [ERROR] It failed: System.InvalidOperationException: outer\\nline"
            + " <- System.IO.IOException: inner"]);
    }

    [Fact]
    public void Log_ExceptionAtDebug_AddsTheStackInTheSameLine()
    {
        var lines = Run(LogLevel.Debug, LogFormat.Text, static log => Say(log, LogLevel.Error, Thrown(), "It failed"));

        lines.Length.ShouldBe(1);
        lines[0].ShouldContain("System.IO.IOException: inner\\n   at ActorBalancer.Api.Tests.Logging.");
    }

    [Fact]
    public void Log_ExceptionWithoutMessage_BeginsWithTheException()
    {
        var lines = Run(
            LogLevel.Information, LogFormat.Text, static log => Say(log, LogLevel.Error, new IOException("gone"), ""));

        lines.ShouldBe([$"{Time} [ERROR] System.IO.IOException: gone"]);
    }

    [Fact]
    public void Log_Json_IsOneObjectALineAndTheRingStaysText()
    {
        var lines = Run(
            LogLevel.Information, LogFormat.Json,
            static log => TaskFailed(log, new IOException("gone\n"), "t-1\r\n", 3, 1.5, true, null), out var ring);

        lines.Length.ShouldBe(1);
        lines[0].ShouldBe("{\"time\":\"2026-01-02T03:04:05.678Z\",\"level\":\"WARN\",\"category\":\"test\",\"eventId\":77,"
            + "\"message\":\"Task t-1\\r\\n failed 3 times after 1.5 s (True, (null))\","
            + "\"exception\":\"System.IO.IOException: gone\\n\","
            + "\"fields\":{\"taskId\":\"t-1\\r\\n\",\"attempts\":3,\"seconds\":1.5,\"isLast\":true,\"reason\":null}}");
        ring.ShouldBe([$"{Time} [WARN] Task t-1\\r\\n failed 3 times after 1.5 s (True, (null)): "
            + "System.IO.IOException: gone\\n"]);
    }

    [Fact]
    public void Log_JsonOfHostileText_IsStillOneReadableLine()
    {
        var text = "\u2028\u2029\u202e\0\u001b\"\\ \ud83d half";

        var lines = Run(LogLevel.Information, LogFormat.Json, log => Say(log, LogLevel.Information, null, text));

        lines.Length.ShouldBe(1);
        lines[0].ShouldAllBe(static unit => unit >= ' ' && unit < '\u007f');
        JsonDocument.Parse(lines[0]).RootElement.GetProperty("message").GetString()
            .ShouldBe("\u2028\u2029\u202e\0\u001b\"\\ \ufffd half");
    }

    [Fact]
    public void Log_JsonAtDebug_HasTheStack()
    {
        var lines = Run(LogLevel.Debug, LogFormat.Json, static log => Say(log, LogLevel.Error, Thrown(), "It failed"));

        JsonDocument.Parse(lines.Single()).RootElement.GetProperty("stack").GetString()
            .ShouldStartWith("   at ActorBalancer.Api.Tests.Logging.");
    }

    [Fact]
    public void Log_JsonWithHugeFields_IsBounded()
    {
        var lines = Run(LogLevel.Information, LogFormat.Json, static log =>
            Say(log, LogLevel.Information, null, Long));

        lines.Single().Length.ShouldBeLessThan(10_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Log_MessageThatThrows_IsReportedAndNotThrown(bool isJson)
    {
        var lines = Run(LogLevel.Information, isJson ? LogFormat.Json : LogFormat.Text, static log =>
            log.Log(LogLevel.Information, new EventId(1), "state", null, static (_, _) => throw new FormatException()));

        lines.Single().ShouldContain("A log message of test could not be made (FormatException)");
    }

    [Fact]
    public void Log_OutputIsStuck_CallersGoOnAndTheRingHasAll()
    {
        using var stream = new GatedStream();
        var provider = new BalancerLogProvider(
            new LogOptions(LogLevel.Information, LogFormat.Text, 20_000), new FixedTime(), stream);
        using var factory = provider.CreateFactory();
        var log = factory.CreateLogger("test");

        for (var line = 0; line < 20_000; line++) Say(log, LogLevel.Information, null, "line");

        provider.Ring.Snapshot().Count.ShouldBe(20_000);
        provider.DroppedCount.ShouldBeGreaterThan(0);
        stream.Open();
        factory.Dispose();
        stream.Lines()[^1].ShouldBe(
            $"{Time} [WARN] {provider.DroppedCount} log lines were dropped here, "
                + "since standard output is read too slowly");
    }

    [LoggerMessage(77, LogLevel.Warning,
        "Task {taskId} failed {attempts} times after {seconds} s ({isLast}, {reason})")]
    private static partial void TaskFailed(
        ILogger log, Exception error, string taskId, int attempts, double seconds, bool isLast, string? reason);

    [LoggerMessage(EventId = 78, Message = "{text}")]
    private static partial void Say(ILogger log, LogLevel level, Exception? error, string text);

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("outer\nline", new IOException("inner"));
        }
        catch (InvalidOperationException error)
        {
            return error;
        }
    }

    private static string[] Run(LogLevel level, LogFormat format, Action<ILogger> act) =>
        Run(level, format, act, out _);

    private static string[] Run(
        LogLevel level, LogFormat format, Action<ILogger> act, out IReadOnlyList<string> ring)
    {
        using var stream = new GatedStream();
        stream.Open();
        var provider = new BalancerLogProvider(new LogOptions(level, format, 100), new FixedTime(), stream);
        using (var factory = provider.CreateFactory()) act(factory.CreateLogger("test"));
        ring = provider.Ring.Snapshot();
        return stream.Lines();
    }
}
