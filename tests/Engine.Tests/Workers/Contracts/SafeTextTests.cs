using System.Text;
using System.Text.Json;
using ActorBalancer.Engine.Workers.Contracts;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Workers.Contracts;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain", "'plain'")]
    [InlineData("", "''")]
    [InlineData("it's \"so\"", "'it\\'s \"so\"'")]
    [InlineData("a\\b", "'a\\\\b'")]
    [InlineData("a\r\nb\u001b[31m", "'a\\u000d\\u000ab\\u001b[31m'")]
    [InlineData("\u007f\u0085\u2028\u2029", "'\\u007f\\u0085\\u2028\\u2029'")]
    [InlineData("\u202eevil\u200b", "'\\u202eevil\\u200b'")]
    [InlineData("gr\u00fc\u00df \ud83d\ude00", "'gr\u00fc\u00df \ud83d\ude00'")]
    public void AppendQuoted_Text_EscapesWhatIsNotSafe(string value, string expected) =>
        Quoted(value, '\'').ShouldBe(expected);

    /// <summary>Not among the data above: an attribute is stored as UTF-8 and can't hold half a pair.</summary>
    [Fact]
    public void AppendQuoted_HalvesOfPairs_AreEscaped() =>
        Quoted("\ud83d|\ude00", '\'').ShouldBe("'\\ud83d|\\ude00'");

    [Fact]
    public void AppendQuoted_AnyTextInDoubleQuotes_IsJsonOfThatText() =>
        Prop.ForAll(AnyText, value =>
        {
            using var document = JsonDocument.Parse(Quoted(value, '"'));
            return document.RootElement.GetString() == value;
        }).Check(Config.QuickThrowOnFailure);

    [Theory]
    [InlineData("short", 10, "short")]
    [InlineData("0123456789", 10, "0123456789")]
    [InlineData("0123456789x", 10, "0123456...")]
    [InlineData("012345\ud83d\ude00789x", 10, "012345...")]
    public void Cut_Text_IsNotLongerThanAllowedAndSplitsNoPair(string text, int lengthMax, string expected) =>
        SafeText.Cut(text, lengthMax).ShouldBe(expected);

    [Theory]
    [InlineData(0, 1, "a")]
    [InlineData(1, 2, "\ud83d\ude00")]
    [InlineData(2, 2, "b")]
    [InlineData(0, 2, "a")]
    [InlineData(3, 9, "b")]
    public void Slice_Text_SplitsNoPair(int start, int length, string expected) =>
        SafeText.Slice("a\ud83d\ude00b", start, length).ToString().ShouldBe(expected);

    private static readonly string[] Pieces =
        ["a", "\"", "\\", "'", "\n", "\0", "\u0085", "\u202e", "\ud83d\ude00", "\ue000", "z"];

    private static Arbitrary<string> AnyText { get; } = (
        from pieces in Gen.ArrayOf(Gen.Elements(Pieces))
        select string.Concat(pieces)).ToArbitrary();

    private static string Quoted(string value, char quote)
    {
        var text = new StringBuilder();
        SafeText.AppendQuoted(text, value, quote);
        return text.ToString();
    }
}
