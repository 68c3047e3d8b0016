using ActorBalancer.Api.Configuration;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

public sealed class DotEnvFileTests : IDisposable
{
    private readonly SettingsProbe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Theory]
    [InlineData("A=1", "1")]
    [InlineData("A = 1 ", "1")]
    [InlineData("  A=1", "1")]
    [InlineData("export A=1", "1")]
    [InlineData("export\tA=1", "1")]
    [InlineData("A=1\r\nB=2\r\n", "1")]
    [InlineData("\ufeffA=1", "1")]
    [InlineData("# A=0\nA=1", "1")]
    [InlineData("A=0\nA=1", "1")]
    [InlineData("A=one two", "one two")]
    [InlineData("A=", "")]
    [InlineData("A=\"\"", "")]
    [InlineData("A=1 # comment", "1")]
    [InlineData("A= # comment", "")]
    [InlineData("A=\"1 # no comment\" # comment", "1 # no comment")]
    [InlineData("A='1 # no comment'", "1 # no comment")]
    [InlineData("A=`1 \"'2`", "1 \"'2")]
    [InlineData("A=\" 1 \"", " 1 ")]
    [InlineData("A=\"x\\ny\\rz\\t\"", "x\ny\rz\\t")]
    [InlineData("A='x\\ny'", "x\\ny")]
    [InlineData("A=x\\ny", "x\\ny")]
    [InlineData("A=\"one\ntwo\nthree\"\nB=1", "one\ntwo\nthree")]
    [InlineData("A='it\\'s'", "it\\'s")]
    [InlineData("A=a=b", "a=b")]
    [InlineData("A=it's", "it's")]
    [InlineData("exportA=1\nA=2", "2")]
    public void Read_Line_GivesTheValue(string text, string expected)
    {
        var report = new SettingsReport();

        var file = DotEnvFile.Read(_probe.DotEnv(text).Directory, report);

        file.Find("A").ShouldNotBeNull().Text.ShouldBe(expected);
        report.Warnings.ShouldBeEmpty();
        report.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("A=1\nno equals here", ".env, line 2: skipped, since it is not NAME=value")]
    [InlineData("A=1\n=2", ".env, line 2: skipped, since it is not NAME=value")]
    [InlineData("A=1\nB C=2", ".env, line 2: skipped, since it is not NAME=value")]
    [InlineData("B=\"2\n\nA=1", ".env, line 1: the quote before the value of 'B' never closes and counts as part of "
        + "the value")]
    [InlineData("A=1#x", ".env, line 1: the value of 'A' ends before the '#', where a comment begins; put the value "
        + "in quotes to keep the '#'")]
    public void Read_DoubtfulLine_IsAWarning(string text, string expected)
    {
        var report = new SettingsReport();

        var file = DotEnvFile.Read(_probe.DotEnv(text).Directory, report);

        report.Warnings.ShouldBe([expected]);
        file.Find("A").ShouldNotBeNull().Text.ShouldBe("1");
    }

    [Fact]
    public void Read_MultiLineValue_SourceIsItsFirstLineAndLaterLinesStayRight()
    {
        var file = DotEnvFile.Read(_probe.DotEnv("\nA=\"1\n2\"\nB=3").Directory, new SettingsReport());

        file.Find("A")!.Source.ShouldBe(".env, line 2");
        file.Find("B")!.Source.ShouldBe(".env, line 4");
    }

    [Fact]
    public void Read_MissingFile_IsEmpty() =>
        DotEnvFile.Read(_probe.Directory, new SettingsReport()).Find("A").ShouldBeNull();

    [Fact]
    public void Read_Directory_IsEmpty()
    {
        Directory.CreateDirectory(Path.Combine(_probe.Directory, ".env"));

        _probe.Load().Errors.ShouldBeEmpty();
    }

    [Fact]
    public void Read_FileBeyondTheBound_IsAnError() =>
        _probe.DotEnv(new string('#', 1024 * 1024 + 1)).Load().Errors.ShouldBe([".env: more than 1048576 bytes"]);

    [Fact]
    public void Load_RealEnvironment_IsNotOverridden()
    {
        _probe.DotEnv("PORT=1\nTASK_ATTEMPTS=2").Variable("PORT", "3");

        _probe.Settings().Port.ShouldBe(3);
        _probe.Settings().TaskAttemptsMax.ShouldBe(2);
    }
}
