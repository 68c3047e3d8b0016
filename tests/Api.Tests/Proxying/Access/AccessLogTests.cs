using System.Globalization;
using System.Net;
using System.Text.Json;
using ActorBalancer.Api.Proxying.Access;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Access;

/// <summary>One request, one line, whatever was sent and however slow the reader is.</summary>
public sealed class AccessLogTests
{
    private static readonly AccessEntry Entry = new("7", 200, TimeSpan.FromTicks(12_3456), 3, 2326, 2);

    private readonly ManualTimeProvider _time = new(new DateTimeOffset(2026, 10, 9, 13, 55, 36, 7, TimeSpan.Zero));

    [Fact]
    public async Task Write_Json_HasAllMembersAndNoQuery()
    {
        var line = await LineOfAsync(AccessLogFormat.Json, ContextOf("/a%2fb/c?token=secret"), Entry);

        line.ShouldBe(
            """{"time":"2026-10-09T13:55:36.007Z","pool":"web","client":"192.0.2.7","method":"GET",""" +
            "\"host\":\"example.org\",\"path\":\"/a%2fb/c\",\"protocol\":\"HTTP/1.1\",\"status\":200,\"bytesIn\":3," +
            "\"bytesOut\":2326,\"durationMs\":12.346,\"backend\":\"7\",\"tries\":2,\"userAgent\":\"curl/8\"," +
            "\"referer\":\"http://from.example/x\"}");
    }

    [Fact]
    public async Task Write_Combined_HasTheUsualForm()
    {
        var line = await LineOfAsync(AccessLogFormat.Combined, ContextOf("/a%2fb/c?token=secret"), Entry);

        line.ShouldBe(
            "192.0.2.7 - - [09/Oct/2026:13:55:36 +0000] \"GET /a%2fb/c HTTP/1.1\" 200 2326 " +
            "\"http://from.example/x\" \"curl/8\"");
    }

    [Fact]
    public async Task Write_NothingKnown_IsALineNevertheless()
    {
        var context = new DefaultHttpContext();
        var entry = new AccessEntry(null, 499, TimeSpan.Zero, 0, 0, 0);

        var json = await LineOfAsync(AccessLogFormat.Json, context, entry);
        var combined = await LineOfAsync(AccessLogFormat.Combined, context, entry);

        using var document = JsonDocument.Parse(json);
        document.RootElement.GetProperty("client").ValueKind.ShouldBe(JsonValueKind.Null);
        document.RootElement.GetProperty("backend").ValueKind.ShouldBe(JsonValueKind.Null);
        combined.ShouldBe("- - - [09/Oct/2026:13:55:36 +0000] \"- - -\" 499 0 \"-\" \"-\"");
    }

    [Theory]
    [InlineData("a\r\nb")]
    [InlineData("a\0b")]
    [InlineData("\u001b[31mred\u001b[0m")]
    [InlineData("\u009b31m")]
    [InlineData("\u2028\u2029\u202e")]
    [InlineData("\"quoted\" \\ back")]
    [InlineData("\ud800 lone")]
    [InlineData("é ÿ <script>")]
    public async Task Write_HostileText_StaysInOneLineOfAscii(string text)
    {
        var context = ContextOf("/" + text);
        context.Request.Headers.UserAgent = text;
        context.Request.Headers.Referer = text;
        context.Request.Headers.Host = text;
        context.Request.Method = text;

        foreach (var format in new[] { AccessLogFormat.Json, AccessLogFormat.Combined })
        {
            var line = await LineOfAsync(format, context, Entry with { BackendId = text });

            line.ShouldAllBe(unit => unit >= ' ' && unit < '\x7f');
            if (format == AccessLogFormat.Json)
                JsonDocument.Parse(line).Dispose();
            else
                line.Replace("\\\\", "", StringComparison.Ordinal).Replace("\\\"", "", StringComparison.Ordinal)
                    .Count(unit => unit == '"').ShouldBe(6);
        }
    }

    [Theory]
    [InlineData("http://user:secret@example.org/x?y", "/x")]
    [InlineData("http://user:secret@example.org", "/")]
    [InlineData("*", "*")]
    [InlineData("/x#?y", "/x")]
    public async Task Write_OtherFormsOfTheTarget_ShowThePathAlone(string target, string path)
    {
        var line = await LineOfAsync(AccessLogFormat.Json, ContextOf(target), Entry);

        JsonDocument.Parse(line).RootElement.GetProperty("path").GetString().ShouldBe(path);
    }

    [Fact]
    public async Task Write_LongTexts_AreCut()
    {
        var context = ContextOf("/" + new string('a', 8000));
        context.Request.Headers.UserAgent = new string('b', 8000);

        var line = await LineOfAsync(AccessLogFormat.Json, context, Entry);

        line.Length.ShouldBeInRange(3000, 3600);
        line.ShouldContain("bbb...\"");
    }

    [Theory]
    [InlineData(AccessLogFormat.Json)]
    [InlineData(AccessLogFormat.Combined)]
    public async Task Write_WriterIsBehind_DropsAndSaysHowMany(AccessLogFormat format)
    {
        var output = new GatedOutput();
        output.Shut();
        var log = new AccessLog(output, format, "web", _time);
        var context = ContextOf("/" + new string('a', 4000));
        log.Write(context, Entry);
        await output.Began.WaitAsync();

        for (var count = 0; count < 2000; count++)
            log.Write(context, Entry);
        var dropped = log.DroppedCount;
        dropped.ShouldBeInRange(900, 1100);
        output.Open();
        await log.DisposeAsync();

        output.Lines.Length.ShouldBe(2001 - (int)dropped + 1);
        output.Lines[^1].ShouldContain(dropped.ToString(CultureInfo.InvariantCulture));
        output.Lines[^1].ShouldContain("dropped");
        log.DroppedCount.ShouldBe(dropped);
    }

    [Fact]
    public async Task Write_OutputFails_CountsTheLinesAndTellsLater()
    {
        var output = new GatedOutput { Failures = 1 };
        var log = new AccessLog(output, AccessLogFormat.Json, "web", _time);
        log.Write(ContextOf("/lost"), Entry);
        await output.Began.WaitAsync();

        log.Write(ContextOf("/kept"), Entry);
        await log.DisposeAsync();

        output.Lines.Length.ShouldBe(2);
        output.Lines.ShouldContain(line => line.Contains("/kept"));
        output.Lines.ShouldContain(line => line.Contains("\"dropped\":1}"));
    }

    [Fact]
    public async Task Write_ManyThreads_EachLineOnce()
    {
        var output = new GatedOutput();
        var log = new AccessLog(output, AccessLogFormat.Json, "web", _time);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var count = 0; count < 500; count++)
                log.Write(ContextOf($"/{thread}/{count}"), Entry);
        })));
        await log.DisposeAsync();

        log.DroppedCount.ShouldBe(0);
        output.Lines.Length.ShouldBe(2000);
        output.Lines.Distinct().Count().ShouldBe(2000);
    }

    [Fact]
    public async Task Write_AfterTheEnd_IsDropped()
    {
        var log = new AccessLog(new GatedOutput(), AccessLogFormat.Json, "web", _time);
        await log.DisposeAsync();

        log.Write(ContextOf("/"), Entry);
        await log.DisposeAsync();

        log.DroppedCount.ShouldBe(1);
    }

    [Fact]
    public void Create_Off_IsNull() =>
        AccessLog.Create(new AccessLogOptions(), "web", _time).ShouldBeNull();

    [Fact]
    public async Task Create_File_AddsLinesToIt()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Combine("access.log");
        await File.WriteAllTextAsync(path, "before\n");
        var options = new AccessLogOptions { Format = AccessLogFormat.Combined, Path = path };

        for (var count = 0; count < 2; count++)
        {
            await using var log = AccessLog.Create(options, "web", _time).ShouldNotBeNull();
            log.Write(ContextOf($"/{count}"), Entry);
        }

        var lines = await File.ReadAllLinesAsync(path);
        lines.Length.ShouldBe(3);
        lines[0].ShouldBe("before");
        lines[2].ShouldContain("GET /1 ");
    }

    [Fact]
    public void Create_FolderThatIsNotThere_SaysWhichFileAndWhy()
    {
        var options = new AccessLogOptions { Format = AccessLogFormat.Json, Path = "/no/such/folder/access.log" };

        Should.Throw<IOException>(() => AccessLog.Create(options, "web", _time))
            .Message.ShouldContain("'/no/such/folder/access.log'");
    }

    private async Task<string> LineOfAsync(AccessLogFormat format, HttpContext context, AccessEntry entry)
    {
        var output = new GatedOutput();
        var log = new AccessLog(output, format, "web", _time);
        log.Write(context, entry);
        await log.DisposeAsync();
        return output.Lines.ShouldHaveSingleItem();
    }

    private static DefaultHttpContext ContextOf(string target)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse("::ffff:192.0.2.7");
        context.Request.Method = "GET";
        context.Request.Protocol = "HTTP/1.1";
        context.Request.Headers.Host = "example.org";
        context.Request.Headers.UserAgent = "curl/8";
        context.Request.Headers.Referer = "http://from.example/x?token=secret";
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        return context;
    }
}
