using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration.Hocon;

public sealed class HoconParserTests
{
    [Theory]
    // Fields and separators
    [InlineData("", "")]
    [InlineData("  \n\t# only a comment", "")]
    [InlineData("a = 1", "a=1")]
    [InlineData("a : 1", "a=1")]
    [InlineData("a=1", "a=1")]
    [InlineData("{ a = 1 }", "a=1")]
    [InlineData("{ \"a\": 1, \"b\": [true, null, {\"c\": -1.5e3}] }\n", "a=1; b/0=true; b/1=~; b/2/c=-1.5e3")]
    [InlineData("a { b = 1 }", "a/b=1")]
    [InlineData("a\n{ b = 1 }", "a/b=1")]
    [InlineData("a =\n  1", "a=1")]
    [InlineData("a = 1, b = 2", "a=1; b=2")]
    [InlineData("a = 1,\nb = 2,", "a=1; b=2")]
    [InlineData("a = 1\r\nb = 2\r\n", "a=1; b=2")]
    [InlineData("a { b = 1 }\nc = 2", "a/b=1; c=2")]
    [InlineData("\ufeffa = 1", "a=1")]
    // Comments
    [InlineData("# one\n// two\na = 1 # three\nb = 2 // four", "a=1; b=2")]
    [InlineData("a = \"1 # no // comment\"", "a=1 # no // comment")]
    [InlineData("a { # open\n b = 1 // in\n} # close", "a/b=1")]
    [InlineData("a = a/b", "a=a/b")]
    // Keys
    [InlineData("a.b.c = 1", "a/b/c=1")]
    [InlineData("\"a.b\".c = 1", "a.b/c=1")]
    [InlineData("a b c = 1", "a b c=1")]
    [InlineData("a . b = 1", "a/b=1")]
    [InlineData("a\"b\"c = 1", "abc=1")]
    [InlineData("\"\" = 1", "=1")]
    [InlineData("1.5 = 1", "1/5=1")]
    [InlineData("\"include\" = 1", "include=1")]
    [InlineData("a-b_c/d = 1", "a-b_c/d=1")]
    [InlineData("includes = 1, include.x = 2, b.include = 3", "includes=1; include/x=2; b/include=3")]
    // Merging
    [InlineData("a = 1, a = 2", "a=2")]
    [InlineData("a { b = 1, c = 1 }, a { c = 2, d = 2 }", "a/b=1; a/c=2; a/d=2")]
    [InlineData("a.b = 1\na.c = 2", "a/b=1; a/c=2")]
    [InlineData("a { b { c = 1 } }, a.b.d = 2", "a/b/c=1; a/b/d=2")]
    [InlineData("a { b = 1 }, a = null, a { c = 2 }", "a/c=2")]
    [InlineData("a { b = 1 }, a = [1], a { c = 2 }", "a/c=2")]
    [InlineData("a { b = 1 }, a = 5", "a=5")]
    [InlineData("a = [1, 2], a = [3]", "a/0=3")]
    // Lists
    [InlineData("a = []", "a=[]")]
    [InlineData("a = [1, 2, 3,]", "a/0=1; a/1=2; a/2=3")]
    [InlineData("a = [1\n2\n\n3 // last\n]", "a/0=1; a/1=2; a/2=3")]
    [InlineData("a = [[1], [2, 3]]", "a/0/0=1; a/1/0=2; a/1/1=3")]
    [InlineData("a = [{ x = 1 }\n{ x = 2 }]", "a/0/x=1; a/1/x=2")]
    [InlineData("a = [ one two , three ]", "a/0=one two; a/1=three")]
    // Texts
    [InlineData("a = some  plain text  ", "a=some  plain text")]
    [InlineData("a = 10 minutes", "a=10 minutes")]
    [InlineData("a = 1e+5", "a=1e+5")]
    [InlineData("a = -5", "a=-5")]
    [InlineData("a = true story", "a=true story")]
    [InlineData("a = include", "a=include")]
    [InlineData("a = null", "a=~")]
    [InlineData("a = \"null\"", "a=null")]
    [InlineData("a = null and void", "a=null and void")]
    [InlineData("a = \"\"", "a=")]
    [InlineData("a = \" x \"", "a= x ")]
    [InlineData("""a = "q\" s\\ f\/ b\b f\f n\n r\r t\t u\u00e9\u0041" """,
        "a=q\" s\\ f/ b\b f\f n\n r\r t\t u\u00e9A")]
    [InlineData("a = \"é ☃ 𝄞\"", "a=é ☃ 𝄞")]
    [InlineData("a = \"\"\"raw \\n ${x}\n  next\"\"\"", "a=raw \\n ${x}\n  next")]
    [InlineData("a = \"\"\"\"quoted\"\"\"\"", "a=\"quoted\"")]
    [InlineData("a = \"\"\"\"\"\"", "a=")]
    [InlineData("a = one\"two\" three", "a=onetwo three")]
    [InlineData("a = \"http://\"host\":8080\"", "a=http://host:8080")]
    [InlineData("a = { x = 1 } { y = 2 }", "a/x=1; a/y=2")]
    [InlineData("a = [1] [2]", "a/0=1; a/1=2")]
    [InlineData("a = {}", "a={}")]
    public void Parse_ValidText_GivesTheValues(string text, string expected) =>
        HoconProbe.Flatten(text).ShouldBe(expected);

    [Theory]
    [InlineData("}", 1, 1, "a key, found '}'")]
    [InlineData("= 1", 1, 1, "a key, found '='")]
    [InlineData("[1]", 1, 1, "an object at the root of the file, found '['")]
    [InlineData("a", 1, 2, "'=', ':', '+=' or '{' after the key 'a', found the end of the file")]
    [InlineData("a.b c", 1, 6, "'=', ':', '+=' or '{' after the key 'a.b c', found the end of the file")]
    [InlineData("a + 1", 1, 3, "'=', ':', '+=' or '{' after the key 'a', found '+'")]
    [InlineData("a =", 1, 4, "a value for 'a', found the end of the file")]
    [InlineData("x { a = }", 1, 9, "a value for 'a', found '}'")]
    [InlineData("a = 1\nb = ,", 2, 5, "a value for 'b', found ','")]
    [InlineData("a..b = 1", 1, 3, "a key after '.', found '.'")]
    [InlineData(".a = 1", 1, 1, "a key, found '.'")]
    [InlineData("a. = 1", 1, 4, "a key after '.', found '='")]
    [InlineData("a { b = 1", 1, 10,
        "a key or the '}' that closes the '{' of line 1, column 3, found the end of the file")]
    [InlineData("a {\n  b = 1\n  ] = 2", 3, 3, "a key or the '}' that closes the '{' of line 1, column 3, found ']'")]
    [InlineData("{ a = 1 } b = 2", 1, 11, "the end of the file after the root's '}', found 'b'")]
    [InlineData("a = 1,, b = 2", 1, 7, "a key, found ','")]
    [InlineData("a = http://x", 1, 9,
        "a new line, ',' after the value of 'a' (text with other characters needs quotes), found ':'")]
    [InlineData("x { a = b@c }", 1, 10,
        "a new line, ',' or '}' after the value of 'a' (text with other characters needs quotes), found '@'")]
    [InlineData("a = [1,,2]", 1, 8, "a value or the ']' that closes the '[' of line 1, column 5, found ','")]
    [InlineData("a = [,1]", 1, 6, "a value or the ']' that closes the '[' of line 1, column 5, found ','")]
    [InlineData("a = [1, 2", 1, 10,
        "a new line, ',' or the ']' that closes the '[' of line 1, column 5, found the end of the file")]
    [InlineData("a = [1}", 1, 7, "a new line, ',' or the ']' that closes the '[' of line 1, column 5, found '}'")]
    [InlineData("a = \"x\nb = 1", 1, 7, "a closing '\"' on the same line, found the end of the line")]
    [InlineData("a = \"x\r\nb = 1", 1, 7,
        "a printable character (write a control character as \\uXXXX), found the end of the line")]
    [InlineData("a = \"x", 1, 7, "a closing '\"' on the same line, found the end of the file")]
    [InlineData("a = \"x\ty\"", 1, 7,
        "a printable character (write a control character as \\uXXXX), found the control character U+0009")]
    [InlineData("a = \"\\q\"", 1, 7, "one of \" \\ / b f n r t u after '\\', found 'q'")]
    [InlineData("a = \"\\u00g0\"", 1, 10, "four hexadecimal digits after '\\u', found 'g'")]
    [InlineData("\n a = \"\"\"x\ny", 2, 6, "a closing '\"\"\"' for the text that begins here, found none")]
    [InlineData("a = $b", 1, 6, "'{' after '$' (text with '$' needs quotes), found 'b'")]
    [InlineData("a = ${}", 1, 7, "the path of a value, found '}'")]
    [InlineData("a = ${b", 1, 8, "'}' after the path of a substitution, found the end of the file")]
    [InlineData("a = ${b.${c}}", 1, 9, "a key after '.', found '$'")]
    [InlineData("include = 1", 1, 9,
        "a file name in quotes after 'include' (a key of that name needs quotes), found '='")]
    [InlineData("include x.conf", 1, 9,
        "a file name in quotes after 'include' (a key of that name needs quotes), found 'x'")]
    [InlineData("include url(\"http://x\")", 1, 9,
        "a file name in quotes after 'include' (only files can be included), found 'u'")]
    [InlineData("include required(\"x\"", 1, 21, "')' after the name of the included file, found the end of the file")]
    [InlineData("include \"\"", 1, 9, "the name of a file, found an empty or impossible one")]
    [InlineData("include \"x.conf\"", 1, 9, "no 'include' in a text that is no file")]
    public void Parse_WrongText_NamesPlaceAndExpectation(string text, int line, int column, string expected) =>
        HoconProbe.ErrorOf(text).ShouldBe($"test.conf, line {line}, column {column}: expected {expected}");

    [Fact]
    public void Parse_DepthAtTheBound_IsRead()
    {
        string text = "a = " + new string('[', 64) + new string(']', 64);

        HoconProbe.Flatten(text).ShouldContain("=[]");
    }

    [Theory]
    [InlineData("a = ", "[", 65, 69)]
    [InlineData("", "a {", 65, 195)]
    public void Parse_DepthBeyondTheBound_IsAnError(string start, string level, int count, int column) =>
        HoconProbe.ErrorOf(start + string.Concat(Enumerable.Repeat(level, count))).ShouldBe(
            $"test.conf, line 1, column {column}: expected at most 64 levels of nesting, found more");

    [Fact]
    public void Parse_DottedKeyBeyondTheDepth_IsAnError() =>
        HoconProbe.ErrorOf("\n " + string.Join('.', Enumerable.Repeat("k", 66)) + " = 1").ShouldBe(
            "test.conf, line 2, column 2: expected at most 64 levels of nesting, found more");
}
