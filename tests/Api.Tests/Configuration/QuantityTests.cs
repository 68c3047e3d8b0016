using ActorBalancer.Api.Configuration;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("3000", 3_000)]
    [InlineData(" 3000 ", 3_000)]
    [InlineData("1.5", 1.5)]
    [InlineData("-5", -5)]
    [InlineData("+5", 5)]
    [InlineData("500ms", 500)]
    [InlineData("500 milliseconds", 500)]
    [InlineData("3s", 3_000)]
    [InlineData("0.25s", 250)]
    [InlineData("1 second", 1_000)]
    [InlineData("1m", 60_000)]
    [InlineData("10 minutes", 600_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("2 hours", 7_200_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("2 days", 172_800_000)]
    [InlineData("1500us", 1.5)]
    [InlineData("2 microseconds", 0.002)]
    [InlineData("1000000ns", 1)]
    [InlineData("100000000000000 nanoseconds", 100_000_000)]
    public void Durations_GoodText_GivesMilliseconds(string text, double milliseconds)
    {
        Durations.TryParse(text, out var span).ShouldBeTrue();

        span.TotalMilliseconds.ShouldBe(milliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5 S")]
    [InlineData("5 MS")]
    [InlineData("5 weeks")]
    [InlineData("1s 2s")]
    [InlineData("5-3")]
    [InlineData("1,5s")]
    [InlineData("1.2.3")]
    [InlineData("0x10")]
    [InlineData("1e3")]
    [InlineData("infinite")]
    [InlineData("٣s")]
    public void Durations_OtherText_IsRefused(string text) => Durations.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("99999999999999999999999999 d")]
    [InlineData("79228162514264337593543950335 d")]
    public void Durations_FarTooLong_IsTheLongest(string text)
    {
        Durations.TryParse(text, out var span).ShouldBeTrue();

        span.ShouldBe(TimeSpan.MaxValue);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1 ms")]
    [InlineData(1_500, "1500 ms")]
    [InlineData(3_000, "3 s")]
    [InlineData(120_000, "2 m")]
    [InlineData(7_200_000, "2 h")]
    [InlineData(86_400_000, "1 d")]
    [InlineData(0.005, "5 us")]
    [InlineData(0.0001, "100 ns")]
    public void Durations_Format_UsesTheLargestWholeUnit(double milliseconds, string expected) =>
        Durations.Format(TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond))).ShouldBe(expected);

    // Left: what Node's bytes 3.1 gives, for all that it reads as a size.
    [Theory]
    [InlineData("1024", 1024)]
    [InlineData("512b", 512)]
    [InlineData("512B", 512)]
    [InlineData("1kb", 1024)]
    [InlineData("1KB", 1024)]
    [InlineData("1 kb", 1024)]
    [InlineData("10mb", 10_485_760)]
    [InlineData("10Mb", 10_485_760)]
    [InlineData("1.5mb", 1_572_864)]
    [InlineData("0.3kb", 307)]
    [InlineData("1gb", 1_073_741_824)]
    [InlineData("1tb", 1_099_511_627_776)]
    [InlineData("1pb", 1_125_899_906_842_624)]
    // Beyond it: HOCON's.
    [InlineData("10k", 10_240)]
    [InlineData("10K", 10_240)]
    [InlineData("1Ki", 1024)]
    [InlineData("1KiB", 1024)]
    [InlineData("1MiB", 1_048_576)]
    [InlineData("1 m", 1_048_576)]
    [InlineData("1 kibibyte", 1024)]
    [InlineData("2 mebibytes", 2_097_152)]
    [InlineData("1 kilobyte", 1000)]
    [InlineData("2 megabytes", 2_000_000)]
    [InlineData("1 gigabyte", 1_000_000_000)]
    [InlineData("7 bytes", 7)]
    [InlineData("-1", -1)]
    public void ByteSizes_GoodText_GivesBytes(string text, long bytes)
    {
        ByteSizes.TryParse(text, out var size).ShouldBeTrue();

        size.ShouldBe(bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mb")]
    [InlineData("10 apples")]
    [InlineData("10mbit")]
    [InlineData("10mb 5")]
    [InlineData("1,000")]
    [InlineData("ten")]
    public void ByteSizes_OtherText_IsRefused(string text) => ByteSizes.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void ByteSizes_FarTooLarge_IsTheLargest()
    {
        ByteSizes.TryParse("79228162514264337593543950335pb", out var size).ShouldBeTrue();

        size.ShouldBe(long.MaxValue);
    }

    [Theory]
    [InlineData(0, "0b")]
    [InlineData(1023, "1023b")]
    [InlineData(1024, "1kb")]
    [InlineData(1536, "1536b")]
    [InlineData(10_485_760, "10mb")]
    [InlineData(1_073_741_824, "1gb")]
    public void ByteSizes_Format_UsesTheLargestWholeUnit(long bytes, string expected) =>
        ByteSizes.Format(bytes).ShouldBe(expected);
}
