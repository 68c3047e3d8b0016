using ActorBalancer.Api.Logging;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Logging;

public sealed class LogTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain text, äöü €", "plain text, äöü €")]
    [InlineData("a\rb\nc\td", "a\\rb\\nc\\td")]
    [InlineData("a\0b", "a\\u0000b")]
    [InlineData("\u001b[31mred", "\\u001b[31mred")]
    [InlineData("\u007f\u0085\u009b", "\\u007f\\u0085\\u009b")]
    [InlineData("a\u2028b\u2029c", "a\\u2028b\\u2029c")]
    [InlineData("\u202a\u202b\u202c\u202d\u202e", "\\u202a\\u202b\\u202c\\u202d\\u202e")]
    [InlineData("\u2066\u2067\u2068\u2069", "\\u2066\\u2067\\u2068\\u2069")]
    [InlineData("\u200e\u200f\u061c\ufeff", "\\u200e\\u200f\\u061c\\ufeff")]
    [InlineData("C:\\new \\u001b", "C:\\new \\u001b")]
    [InlineData("smile \ud83d\ude00", "smile \ud83d\ude00")]
    public void Escape_Text_IsSafeForOneLine(string text, string expected) =>
        LogText.Escape(text, 1000).ShouldBe(expected);

    [Fact]
    public void Escape_LoneSurrogates_AreEscaped() =>
        LogText.Escape("a\ud83d" + "b\ude00", 1000).ShouldBe("a\\ud83db\\ude00");

    [Fact]
    public void Escape_SafeText_IsTheSameObject()
    {
        var text = new string('x', 10);

        LogText.Escape(text, 10).ShouldBeSameAs(text);
    }

    [Theory]
    [InlineData("abcdef", 4, "abcd...(cut, 2 more)")]
    [InlineData("ab\ncd", 3, "ab...(cut, 3 more)")]
    [InlineData("ab\u0001cd", 5, "ab...(cut, 3 more)")]
    [InlineData("abcd\ud83d\ude00", 5, "abcd...(cut, 2 more)")]
    public void Escape_LongText_IsCutBetweenCharacters(string text, int lengthMax, string expected) =>
        LogText.Escape(text, lengthMax).ShouldBe(expected);

    [Fact]
    public void Escape_EveryUnit_LeavesNothingThatBreaksALine()
    {
        for (var unit = 0; unit <= char.MaxValue; unit++)
        {
            var escaped = LogText.Escape(((char)unit).ToString(), 100);

            escaped.Any(static each => char.IsControl(each) || char.IsSurrogate(each)).ShouldBeFalse($"U+{unit:X4}");
        }
    }
}
