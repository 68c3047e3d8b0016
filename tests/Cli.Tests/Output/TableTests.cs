using ActorBalancer.Cli.Output;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Output;

public sealed class TableTests
{
    [Fact]
    public void Draw_WideCharacters_StayAligned()
    {
        var table = new Table("NAME", new("N", IsRight: true));
        table.Add("漢字", "1");
        table.Add("abcdef", "100");

        table.Draw(80).Select(static line => line.ToString()).ShouldBe(
            ["NAME      N", "漢字      1", "abcdef  100"]);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(40)]
    [InlineData(20)]
    [InlineData(5)]
    public void Draw_AnyWidth_NoLineIsWider(int width)
    {
        var table = new Table(new("LONG", Min: 6), new("FIXED", IsRight: true), new("OTHER", Min: 4));
        table.Add(new string('x', 50), "123456", new string('y', 30));
        table.Add("short", "1", "y");

        table.Draw(width).ShouldAllBe(line => line.Width <= width);
    }

    [Fact]
    public void Draw_Narrow_CutsOnlyWhatMayBeCut()
    {
        var table = new Table(new("LONG", Min: 6), new("FIXED", IsRight: true));
        table.Add(new string('x', 50), "123456");

        table.Draw(20).Last().ToString().ShouldBe("xxxxxxxxxxx…  123456");
    }
}
