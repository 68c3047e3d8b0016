using System.Text.Json;
using ActorBalancer.Cli.Output;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Output;

public sealed class TextTests
{
    [Theory]
    [InlineData("plain ÄÖ 漢字 😀", "plain ÄÖ 漢字 😀")]
    [InlineData("\u001b[31mred\u001b[0m", "red")]
    [InlineData("\u001b[2J\u001b[1;1Hx", "x")]
    [InlineData("\u001b]0;title\u0007x", "x")]
    [InlineData("\u001b]8;;http://evil\u001b\\link", "link")]
    [InlineData("a\u001bPdevice\u001b\\b", "ab")]
    [InlineData("a\u001b]never ends", "a")]
    [InlineData("a\u009b31mb", "ab")]
    [InlineData("a\u009d0;t\u009cb", "ab")]
    [InlineData("a\u001b", "a")]
    [InlineData("a\u001b[", "a")]
    [InlineData("a\u001bcb", "ab")]
    [InlineData("a\nb\tc\r\nd", "a b c d")]
    [InlineData("a\u0000\u0008\u007fb", "a\ufffd\ufffd\ufffdb")]
    [InlineData("a\u202eb\u2066c\u200bd", "a\ufffdb\ufffdc\ufffdd")]
    [InlineData("[red]x[/]", "[red]x[/]")]
    [InlineData(null, "")]
    public void Clean_AnyText_IsSafeForATerminal(string? text, string clean) => SafeText.Clean(text).ShouldBe(clean);

    [Fact]
    public void Clean_LoneSurrogateAndTags_AreShownAsUnknown()
    {
        SafeText.Clean("a" + '\ud800' + "b").ShouldBe("a\ufffdb");
        SafeText.Clean("a" + char.ConvertFromUtf32(0xe0041) + "b").ShouldBe("a\ufffdb");
    }

    [Fact]
    public void Clean_EveryUnit_NoControlIsLeft()
    {
        for (var unit = 0; unit <= char.MaxValue; unit++)
        {
            if (SafeText.Clean("a" + (char)unit + "b").Any(char.IsControl))
                Assert.Fail($"U+{unit:X4} is left.");
        }
    }

    [Fact]
    public void Json_WithControls_WritesThemAsEscapes()
    {
        var json = JsonElement.Parse("""{"a":"\u001b[31m \u009b \u007f <é>"}""");

        var text = JsonWriting.Compact(json);

        text.Any(char.IsControl).ShouldBeFalse();
        text.ShouldContain("<é>");
        JsonElement.DeepEquals(json, JsonElement.Parse(text)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(0.25, "0.3ms")]
    [InlineData(5.0, "5ms")]
    [InlineData(42.4, "42ms")]
    [InlineData(999.4, "999ms")]
    [InlineData(999.6, "1s")]
    [InlineData(1250, "1.25s")]
    [InlineData(12_345, "12.3s")]
    [InlineData(59_960, "1m")]
    [InlineData(185_000, "3m 5s")]
    [InlineData(3_600_000, "1h")]
    [InlineData(100_000_000, "1d 3h")]
    [InlineData(-5000, "-5s")]
    [InlineData(1e300, "5337599d 13h")]
    public void Duration_AnyNumber_TwoGreatestUnits(double milliseconds, string text) =>
        Figures.Duration(milliseconds).ShouldBe(text);

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.25, "0.3")]
    [InlineData(12.34, "12")]
    [InlineData(9_999, "9999")]
    [InlineData(12_345, "12.3k")]
    [InlineData(999_960, "1M")]
    [InlineData(2_500_000_000, "2.5G")]
    public void Short_AnyNumber_KeepsWithinSixColumns(double number, string text) =>
        Figures.Short(number).ShouldBe(text);

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(104_857_600, "100.0 MiB")]
    [InlineData(1e18, "909494.7 TiB")]
    public void Bytes_AnyNumber_Readable(double bytes, string text) => Figures.Bytes(bytes).ShouldBe(text);

    [Theory]
    [InlineData(0, 10, "░░░░░")]
    [InlineData(1, 100, "█░░░░")]
    [InlineData(99, 100, "████░")]
    [InlineData(100, 100, "█████")]
    [InlineData(7, 5, "█████")]
    [InlineData(0, 0, "·····")]
    public void Bar_UsedOfALimit_FullOnlyWhenFull(double used, double limit, string bar) =>
        Figures.Bar(used, limit, 5).ShouldBe(bar);

    [Fact]
    public void Curve_MoreValuesThanRoom_ShowsTheNewest()
    {
        Figures.Curve([9, 0, 1, 2], 3).ShouldBe("▁▅█");
        Figures.Curve([], 3).ShouldBe("");
        Figures.Curve([0, 0], 3).ShouldBe("▁▁");
    }

    [Theory]
    [InlineData("abcdef", 4, "abc…")]
    [InlineData("漢字漢字", 5, "漢字…")]
    [InlineData("漢字漢字", 4, "漢…")]
    [InlineData("abc", 3, "abc")]
    [InlineData("abc", 0, "")]
    public void Cut_TooWide_EndsWithAnEllipsis(string text, int width, string cut)
    {
        var piece = new Piece(text).Cut(width);

        piece.Text.ShouldBe(cut);
        piece.Width.ShouldBeLessThanOrEqualTo(width);
    }

    [Theory]
    [InlineData("10m", 600_000)]
    [InlineData("500ms", 500)]
    [InlineData("1.5s", 1500)]
    [InlineData("2", 2000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("0s", 0)]
    [InlineData("-1s", 0)]
    [InlineData("400d", 0)]
    [InlineData("1e3", 0)]
    [InlineData("NaN", 0)]
    [InlineData("", 0)]
    [InlineData("s", 0)]
    public void Duration_OnTheCommandLine_ReadOrRefused(string text, double milliseconds)
    {
        Durations.TryParse(text, out var duration).ShouldBe(milliseconds > 0);

        if (milliseconds > 0)
            duration.TotalMilliseconds.ShouldBe(milliseconds);
    }
}
