using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration.Hocon;

public sealed class HoconResolverTests
{
    [Theory]
    [InlineData("a = 1, b = ${a}", "a=1; b=1")]
    [InlineData("b = ${a}, a = 1", "b=1; a=1")]
    [InlineData("a.b.c = 1, d = ${a.b.c}", "a/b/c=1; d=1")]
    [InlineData("\"x.y\" = 1, d = ${\"x.y\"}", "x.y=1; d=1")]
    [InlineData("a { x = 1 }, b = ${a}", "a/x=1; b/x=1")]
    [InlineData("a { x = 1 }, b = ${a} { y = 2 }", "a/x=1; b/x=1; b/y=2")]
    [InlineData("a { x = 1 }, b = ${a}, b { x = 2 }", "a/x=1; b/x=2")]
    [InlineData("a = [1], b = ${a} [2]", "a/0=1; b/0=1; b/1=2")]
    [InlineData("a = 1, b = [${a}, ${?missing}, 3]", "a=1; b/0=1; b/1=3")]
    [InlineData("a = x, b = pre ${a}post ${a}", "a=x; b=pre xpost x")]
    [InlineData("a = 1, a = 2, b = ${a}", "a=2; b=2")]
    [InlineData("a = null, b = ${a}", "a=~; b=~")]
    [InlineData("a = null, b = x${a}", "a=~; b=xnull")]
    // The environment comes second; an explicit null keeps it out.
    [InlineData("a = ${HOME}/data", "a=/home/me/data")]
    [InlineData("HOME = /x, a = ${HOME}", "HOME=/x; a=/x")]
    [InlineData("HOME = null, a = ${HOME}", "HOME=~; a=~")]
    [InlineData("a = ${a.b}", "a=dotted")]
    [InlineData("a = ${EMPTY}", "a=")]
    // Optional ones
    [InlineData("a = ${?missing}", "")]
    [InlineData("a = 1, a = ${?missing}", "a=1")]
    [InlineData("a = 1, a = ${?HOME}", "a=/home/me")]
    [InlineData("a = ${?missing} ${?missing}", "")]
    [InlineData("a = x${?missing}y", "a=xy")]
    [InlineData("a = [1] ${?missing}", "a/0=1")]
    [InlineData("a = { x = 1 } ${?missing}", "a/x=1")]
    // Appending
    [InlineData("a += 1", "a/0=1")]
    [InlineData("a = [1], a += 2, a += [3]", "a/0=1; a/1=2; a/2/0=3")]
    [InlineData("x { a = [1] }, x.a += 2", "x/a/0=1; x/a/1=2")]
    [InlineData("a += { x = 1 }", "a/0/x=1")]
    // A field that refers to itself sees what stood before.
    [InlineData("a = 1, a = ${a}2", "a=12")]
    [InlineData("a = 1, a = ${a}2, a = ${a}3", "a=123")]
    [InlineData("a = [1], a = [0] ${a} [2]", "a/0=0; a/1=1; a/2=2")]
    [InlineData("HOME = ${HOME}/x", "HOME=/home/me/x")]
    [InlineData("a { b = 1 }, a.b = ${a.b}2", "a/b=12")]
    [InlineData("a { b { c = 1 } }, a = ${a.b}, a { d = 2 }", "a/b/c=1; a/c=1; a/d=2")]
    // An object may refer to its own parts.
    [InlineData("a { b = 1, c = ${a.b} }", "a/b=1; a/c=1")]
    [InlineData("a { b = 1, c = ${a.b} }, a { b = 2 }", "a/b=2; a/c=2")]
    [InlineData("d { x = 1 }, a = ${d}, a { y = ${a.x} }", "d/x=1; a/x=1; a/y=1")]
    [InlineData("a { x = ${b.y}, z = 1 }, b { y = 2, w = ${a.z} }", "a/x=2; a/z=1; b/y=2; b/w=1")]
    [InlineData("d { x = ${s.y} }, s = ${d}, s { y = 3 }", "d/x=3; s/x=3; s/y=3")]
    // A cycle of optional ones, or one with an older value below, ends.
    [InlineData("a = ${?b}, b = ${?a}", "")]
    [InlineData("a = 1, b = ${a}, a = ${b}", "a=1; b=1")]
    // What b was while a was asked for is not what b is.
    [InlineData("a = 1, b = ${a}x, a = ${b}y", "a=1xy; b=1xyx")]
    public void Resolve_ValidText_GivesTheValues(string text, string expected) =>
        HoconProbe.Flatten(text).ShouldBe(expected);

    [Theory]
    [InlineData("a = ${b}", 5, "a value for ${b}, found none in the configuration or the environment")]
    [InlineData("a = x ${b.c}", 7, "a value for ${b.c}, found none in the configuration or the environment")]
    [InlineData("b = 1, a = ${b.c}", 12, "a value for ${b.c}, found none in the configuration or the environment")]
    [InlineData("a = ${x}, x = ${a}", 15, "a value for ${a}, found a cycle: it refers to itself")]
    [InlineData("a { b = ${a} }", 9, "a value for ${a}, found a cycle: it refers to itself")]
    [InlineData("x = ${y}, y = ${z}, z = ${x}", 25, "a value for ${x}, found a cycle: it refers to itself")]
    [InlineData("a = [1] 2", 9,
        "pieces of one kind on a line, found text beside a list (a comma or a new line parts values)")]
    [InlineData("a = { x = 1 } [2]", 15,
        "pieces of one kind on a line, found a list beside an object (a comma or a new line parts values)")]
    [InlineData("b = 5, a = ${b} { x = 1 }", 5,
        "pieces of one kind on a line, found text beside an object (a comma or a new line parts values)")]
    [InlineData("a = 1, a += 2", 5,
        "pieces of one kind on a line, found text beside a list (a comma or a new line parts values)")]
    public void Resolve_WrongText_NamesPlaceAndExpectation(string text, int column, string expected) =>
        HoconProbe.ErrorOf(text).ShouldBe($"test.conf, line 1, column {column}: expected {expected}");

    [Fact]
    public void Resolve_ValuesThatDoubleEachLine_EndInAnError()
    {
        IEnumerable<string> lines =
            Enumerable.Range(1, 60).Select(line => $"a{line} = ${{a{line - 1}}}${{a{line - 1}}}");

        string error = HoconProbe.ErrorOf("a0 = 0123456789\n" + string.Join('\n', lines));

        error.ShouldContain("expected at most 8388608 characters and 256 levels after substitution, found more");
    }

    [Fact]
    public void Resolve_ObjectsThatDoubleEachLine_EndInAnError()
    {
        IEnumerable<string> lines =
            Enumerable.Range(1, 60).Select(line => $"a{line} {{ p = ${{a{line - 1}}}, q = ${{a{line - 1}}} }}");

        string error = HoconProbe.ErrorOf("a0 = 0\n" + string.Join('\n', lines));

        error.ShouldContain("expected at most 8388608 characters and 256 levels after substitution, found more");
    }

    [Fact]
    public void Resolve_ObjectsNestedBySubstitution_EndInAnError()
    {
        IEnumerable<string> lines = Enumerable.Range(1, 5000).Select(line => $"a{line} {{ p = ${{a{line - 1}}} }}");

        string error = HoconProbe.ErrorOf("a0 = 0\n" + string.Join('\n', lines));

        error.ShouldContain("expected at most 8388608 characters and 256 levels after substitution, found more");
    }

    [Theory]
    [InlineData("a{0} = ${{a{1}}}")]
    [InlineData("a = ${{?x{0}}}")]
    [InlineData("a = ${{?x{0}}}\na {{ y{0} = ${{?a.z}} }}")]
    public void Resolve_LongChainOfReferences_EndsInAnErrorAndNotInACrash(string line)
    {
        string text = string.Join('\n', Enumerable.Range(0, 20_000).Select(
            number => string.Format(System.Globalization.CultureInfo.InvariantCulture, line, number, number + 1)));

        HoconProbe.ErrorOf(text).ShouldContain("expected a shorter chain of values that refer to each other");
    }

    [Fact]
    public void Resolve_QuestionsThatDoubleInACycle_EndInAnError()
    {
        IEnumerable<string> lines =
            Enumerable.Range(1, 40).Select(line => $"a{line} = ${{?a{line - 1}}}${{?a{line - 1}}}");

        string error = HoconProbe.ErrorOf("a0 = ${?a40}\n" + string.Join('\n', lines));

        error.ShouldContain("expected at most 2000000 steps to resolve all");
    }

    [Fact]
    public void Resolve_TwoHundredAppends_AreFine()
    {
        string text = string.Join('\n', Enumerable.Range(0, 200).Select(number => $"a += {number}"));

        HoconProbe.Flatten(text).ShouldEndWith("a/199=199");
    }

    [Fact]
    public void Resolve_ReferenceAcrossMergedFiles_SeesTheNewerValue()
    {
        var files = new ActorBalancer.Api.Configuration.Hocon.HoconFiles(Path.GetTempPath());
        var defaults = files.Parse("reference.conf", "a { base = 1, copy = ${a.base} }");

        defaults.MergeFrom(files.Parse("user.conf", "a.base = 2"));

        HoconProbe.Flatten(defaults).ShouldBe("a/base=2; a/copy=2");
    }
}
