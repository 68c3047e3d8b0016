using ActorBalancer.Api.Configuration.Hocon;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration.Hocon;

public sealed class HoconFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hocon-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Load_Include_IsRelativeToTheIncludingFile()
    {
        Write("main.conf", "include \"sub/one.conf\"");
        Write("sub/one.conf", "a = 1\ninclude \"two.conf\"");
        Write("sub/two.conf", "b = 2");
        Write("two.conf", "b = wrong");

        Load("main.conf").ShouldBe("a=1; b=2");
    }

    [Theory]
    [InlineData("include \"x.conf\"")]
    [InlineData("include\n  \"x.conf\"")]
    [InlineData("include file(\"x.conf\")")]
    [InlineData("include required(\"x.conf\")")]
    [InlineData("include required( file( \"x.conf\" ) )")]
    [InlineData("{ include \"x.conf\" }")]
    public void Load_EachFormOfInclude_Reads(string text)
    {
        Write("main.conf", text);
        Write("x.conf", "a = 1");

        Load("main.conf").ShouldBe("a=1");
    }

    [Fact]
    public void Load_Include_MergesInPlaceAndLaterWins()
    {
        Write("main.conf", "a = 1, o { x = 1, y = 1 }\ninclude \"x.conf\"\no.y = 3");
        Write("x.conf", "a = 2, o { y = 2, z = 2 }");

        Load("main.conf").ShouldBe("a=2; o/x=1; o/y=3; o/z=2");
    }

    [Fact]
    public void Load_IncludeUnderAKey_FindsItsOwnPathsThere()
    {
        Write("main.conf", "root = r\np.q { include \"x.conf\" }\np.q.x = 9");
        Write("x.conf", "x = 1, y = ${x}, z = ${root}, h = ${HOME}, l += ${x}");

        Load("main.conf").ShouldBe("root=r; p/q/x=9; p/q/y=9; p/q/z=r; p/q/h=/home/me; p/q/l/0=9");
    }

    [Fact]
    public void Load_MissingInclude_IsIgnored()
    {
        Write("main.conf", "include \"nowhere.conf\"\na = 1");

        Load("main.conf").ShouldBe("a=1");
    }

    [Fact]
    public void Load_MissingRequiredInclude_IsAnError()
    {
        Write("main.conf", "a = 1\ninclude required(\"nowhere.conf\")");

        ErrorOf("main.conf").ShouldBe(
            "main.conf, line 2, column 18: expected the required file 'nowhere.conf', found none");
    }

    [Fact]
    public void Load_CycleOfIncludes_NamesTheCycle()
    {
        Write("main.conf", "include \"a.conf\"");
        Write("a.conf", "include \"sub/b.conf\"");
        Write("sub/b.conf", "x = 1\ninclude \"../a.conf\"");

        ErrorOf("main.conf").ShouldBe(
            "sub/b.conf, line 2, column 9: expected no cycle of includes, found a.conf -> sub/b.conf -> a.conf");
    }

    [Fact]
    public void Load_SameFileTwiceSideBySide_IsNoCycle()
    {
        Write("main.conf", "p { include \"x.conf\" }, q { include \"x.conf\" }\np.a = 2");
        Write("x.conf", "a = 1");

        Load("main.conf").ShouldBe("p/a=2; q/a=1");
    }

    [Fact]
    public void Load_ChainOfIncludesBeyondTheBound_IsAnError()
    {
        for (var number = 0; number < 17; number++) Write($"f{number}.conf", $"include \"f{number + 1}.conf\"");
        Write("f17.conf", "");

        ErrorOf("f0.conf").ShouldBe(
            "f15.conf, line 1, column 9: expected at most 16 files that include each other, found more");
    }

    [Fact]
    public void Load_DepthOverIncludes_IsCountedThrough()
    {
        string open = string.Concat(Enumerable.Repeat("a {", 40));
        Write("main.conf", open + "include \"x.conf\"" + new string('}', 40));
        Write("x.conf", open);

        ErrorOf("main.conf").ShouldBe(
            "x.conf, line 1, column 75: expected at most 64 levels of nesting, found more");
    }

    [Fact]
    public void Load_FileBeyondTheBound_IsAnError()
    {
        Write("main.conf", "include \"big.conf\"");
        Write("big.conf", new string('#', HoconLimits.FileBytesMax + 1));

        ErrorOf("main.conf").ShouldBe(
            "main.conf, line 1, column 9: expected 'big.conf' to have at most 1048576 bytes, found more");
    }

    [Fact]
    public void Load_ManyIncludesBeyondTheTotal_IsAnError()
    {
        Write("main.conf", string.Concat(Enumerable.Repeat("include \"big.conf\"\n", 9)));
        Write("big.conf", new string('#', HoconLimits.FileBytesMax));

        ErrorOf("main.conf").ShouldBe(
            "main.conf, line 8, column 9: expected at most 8388608 bytes in all included files, found more");
    }

    [Fact]
    public void Load_BytesThatAreNoUtf8_NamesTheirPlace()
    {
        File.WriteAllBytes(Path.Combine(_directory, "main.conf"), [.. "a = 1\n# é "u8, 0xff, .. "\n"u8]);

        ErrorOf("main.conf").ShouldBe("main.conf, line 2, column 5: expected UTF-8 text, found other bytes");
    }

    [Fact]
    public void Load_ByteOrderMark_IsSkippedAndNotCounted()
    {
        File.WriteAllBytes(Path.Combine(_directory, "main.conf"), [0xef, 0xbb, 0xbf, .. "a }"u8]);

        ErrorOf("main.conf").ShouldStartWith("main.conf, line 1, column 3: ");
    }

    [Fact]
    public void Load_MissingFile_NamesIt() =>
        ErrorOf("none.conf").ShouldStartWith(
            "none.conf, line 1, column 1: expected a readable file 'none.conf', found: ");

    [Fact]
    public void Load_Directory_NamesIt()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "dir.conf"));

        ErrorOf("dir.conf").ShouldStartWith("dir.conf, line 1, column 1: expected a readable file 'dir.conf', found: ");
    }

    private void Write(string name, string text)
    {
        string path = Path.Combine(_directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private string Load(string name) => HoconProbe.Flatten(new HoconFiles(_directory).Load(name));

    private string ErrorOf(string name) => Should.Throw<HoconException>(() => Load(name)).Message;
}
