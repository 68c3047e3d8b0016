using System.Globalization;
using System.Text;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary>What the members of a task's JSON ask for beyond its way.</summary>
public sealed class TaskOptionsTests
{
    [Fact]
    public void TryRead_NothingAskedFor_GivesNoOptions()
    {
        var head = Read("\"webhook\":{\"url\":\"http://h/\"},\"input\":{\"ttl\":1}");

        head.Options.ShouldBeNull();
        head.HasMode.ShouldBeFalse();
        head.DelayMilliseconds.ShouldBe(0);
        head.RunAtMilliseconds.ShouldBe(0);
    }

    [Fact]
    public void TryRead_EveryOption_IsTaken()
    {
        var head = Read(
            "\"mode\":\"webhook\",\"delay\":1500,\"timeout\":2,\"attempts\":3,\"ttl\":4,\"retention\":0,"
                + "\"backoff\":{\"type\":\"exponential\",\"delay\":100,\"max\":900},\"tags\":[\"a\",\"b c\",\"\\u00e9\"],"
                + "\"orderingKey\":\"customer \\u00e97\","
                + "\"webhook\":{\"headers\":{\"X-A\":\"1\",\"x-a\":\"\\u00e9 2\"},\"url\":\"https://h/x?y=1\"}");

        head.HasMode.ShouldBeTrue();
        head.DelayMilliseconds.ShouldBe(1500);
        var options = head.Options.ShouldNotBeNull();
        options.Mode.ShouldBe(TaskMode.Webhook);
        options.TimeoutMilliseconds.ShouldBe(2);
        options.Attempts.ShouldBe(3);
        options.TimeToLiveMilliseconds.ShouldBe(4);
        options.RetentionMilliseconds.ShouldBe(0);
        options.Backoff.ShouldBe(new TaskBackoff(true, 100, 900));
        options.Tags.ShouldBe(["a", "b c", "é"]);
        options.OrderingKey.ShouldBe("customer é7");
        options.Webhook!.Url.ShouldBe("https://h/x?y=1");
        options.Webhook.Headers.ShouldBe([new("X-A", "1"), new("x-a", "é 2")]);
    }

    [Fact]
    public void TryRead_SomeOptions_LeavesTheOthersToTheBalancer()
    {
        var options = Read("\"backoff\":{\"type\":\"fixed\",\"delay\":0}").Options.ShouldNotBeNull();

        options.Mode.ShouldBe(TaskMode.Sync);
        options.Backoff.ShouldBe(new TaskBackoff(false, 0, null));
        options.TimeoutMilliseconds.ShouldBeNull();
        options.Attempts.ShouldBeNull();
        options.TimeToLiveMilliseconds.ShouldBeNull();
        options.RetentionMilliseconds.ShouldBeNull();
        options.Tags.ShouldBeEmpty();
        options.OrderingKey.ShouldBeNull();
        options.Webhook.ShouldBeNull();
    }

    [Theory]
    [InlineData("delay", 31_536_000_000)]
    [InlineData("timeout", 2_592_000_000)]
    [InlineData("ttl", 31_536_000_000)]
    [InlineData("retention", 31_536_000_000)]
    [InlineData("attempts", 100)]
    public void TryRead_LargestValue_IsTaken(string member, long value)
    {
        var head = Read($"\"{member}\":{value}");

        var options = head.Options ?? TaskOptions.Default;
        new long?[]
        {
            head.DelayMilliseconds, options.TimeoutMilliseconds, options.TimeToLiveMilliseconds,
            options.RetentionMilliseconds, options.Attempts,
        }.ShouldContain(value);
    }

    [Fact]
    public void TryRead_MostTags_AreTaken()
    {
        var tags = Enumerable.Range(0, 32).Select(i => new string('é', 126) + i.ToString("00")).ToArray();

        Read($"\"tags\":[{string.Join(',', tags.Select(tag => $"\"{tag}\""))}]").Options!.Tags.ShouldBe(tags);
    }

    [Theory]
    [InlineData("k", "k")]
    [InlineData(" \\t\\u0000 ", " \t\0 ")]
    [InlineData("\\ud83d\\ude00", "😀")]
    public void TryRead_OrderingKey_IsTakenAsItIs(string text, string expected)
    {
        var options = Read($"\"orderingKey\":\"{text}\"").Options.ShouldNotBeNull();

        options.OrderingKey.ShouldBe(expected);
        options.ShouldBe(new TaskOptions { OrderingKey = expected, Tags = options.Tags });
    }

    [Theory]
    [InlineData("x")]
    [InlineData("€")]
    [InlineData("\\u20ac")]
    public void TryRead_LongestOrderingKey_IsTaken(string character) =>
        Read($"\"orderingKey\":\"{string.Concat(Enumerable.Repeat(character, 256))}\"").Options!
            .OrderingKey!.Length.ShouldBe(256);

    [Fact]
    public void TryRead_MembersBehindTags_AreOfTheRootAgain() =>
        Read("\"tags\":[\"x\"],\"priority\":7,\"backoff\":{\"type\":\"fixed\",\"delay\":1},\"attempts\":2")
            .ShouldSatisfyAllConditions(
                head => head.Priority.ShouldBe(7),
                head => head.Options!.Attempts.ShouldBe(2));

    [Theory]
    [InlineData("2030-01-02T03:04:05Z", "2030-01-02T03:04:05.000Z")]
    [InlineData("2030-01-02t03:04:05z", "2030-01-02T03:04:05.000Z")]
    [InlineData("2030-01-02T03:04:05.1Z", "2030-01-02T03:04:05.100Z")]
    [InlineData("2030-01-02T03:04:05.123456Z", "2030-01-02T03:04:05.124Z")]
    [InlineData("2030-01-02T03:04:05.123000Z", "2030-01-02T03:04:05.123Z")]
    [InlineData("2030-01-02T23:59:59.9999Z", "2030-01-03T00:00:00.000Z")]
    [InlineData("2030-01-02T03:04:05+02:30", "2030-01-02T00:34:05.000Z")]
    [InlineData("2030-12-31T23:59:59-00:01", "2031-01-01T00:00:59.000Z")]
    [InlineData("2028-02-29T00:00:00-00:00", "2028-02-29T00:00:00.000Z")]
    [InlineData("1969-01-01T00:00:00Z", "1970-01-01T00:00:00.001Z")]
    [InlineData("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.999Z")]
    public void TryRead_RunAt_IsTheMomentRoundedUp(string text, string expected)
    {
        var at = Read($"\"runAt\":\"{text}\"").RunAtMilliseconds;

        at.ShouldBe(
            DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds());
        Span<byte> written = stackalloc byte[Timestamp.Length];
        Timestamp.Format(at, written);
        Encoding.ASCII.GetString(written).ShouldBe(expected);
    }

    [Theory]
    [InlineData("delay", "-5", "Member 'delay' must be an integer from 0 to 31536000000 (milliseconds), written without "
        + "fraction or exponent, but is -5.")]
    [InlineData("tags", "[\"a\",7]", "Member 'tags' must be a list of at most 32 strings of 1 to 128 characters without "
        + "control characters, but is a list with 7 in it.")]
    [InlineData("orderingKey", "17", "Member 'orderingKey' must be a string of 1 to 256 characters, but is 17.")]
    [InlineData("backoff", "{\"type\":\"fixed\",\"delay\":9,\"max\":8}",
        "Member 'backoff.max' must be at least 'backoff.delay', 9, but is 8.")]
    [InlineData("runAt", "\"now\"", "Member 'runAt' must be a date and time with offset (RFC 3339), such as "
        + "\"2030-01-02T03:04:05Z\", but is \"now\".")]
    public void TryRead_WrongOption_SaysWhatWasFoundAndWhatIsAllowed(string member, string value, string message)
    {
        var json = $$"""{"group":"g","function":"f","contract":1,"{{member}}":{{value}}}""";

        TaskJson.TryRead(Encoding.UTF8.GetBytes(json), new NameCache(), out _, out var fault).ShouldBeFalse();

        fault.ShouldNotBeNull().Message.ShouldBe(message);
    }

    private static TaskHead Read(string members)
    {
        var json = $$"""{"group":"g","function":"f","contract":1,{{members}}}""";
        TaskJson.TryRead(Encoding.UTF8.GetBytes(json), new NameCache(), out var head, out var fault)
            .ShouldBeTrue(fault?.Message);
        return head;
    }
}
