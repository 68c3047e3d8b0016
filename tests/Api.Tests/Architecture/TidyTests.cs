using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Architecture;

/// <summary>Manners that no analyzer holds.</summary>
public sealed partial class TidyTests
{
    private const int ColumnsMax = 120;

    [Theory]
    [InlineData("src", 500)]
    [InlineData("samples", 500)]
    [InlineData("bench", 500)]
    [InlineData("tests", 800)]
    public void Files_AreOfReadableLength(string folder, int linesMax)
    {
        var long_ = Repository.Files(folder, ".cs")
            .Select(file => (File: Repository.Relative(file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > linesMax);

        long_.ShouldBeEmpty();
    }

    // A line that is one string (a URL, a command to paste) cannot be broken.
    [Theory]
    [InlineData("src")]
    [InlineData("samples")]
    [InlineData("bench")]
    [InlineData("tests")]
    public void Lines_FitTheColumns(string folder)
    {
        var wide = Repository.Files(folder, ".cs").SelectMany(file => File.ReadLines(file)
            .Select((line, index) => (Line: line, Place: $"{Repository.Relative(file)}:{index + 1}"))
            .Where(line => line.Line.Length > ColumnsMax && !IsText(line.Line))
            .Select(line => line.Place));

        wide.ShouldBeEmpty();
    }

    [Fact]
    public void Remarks_ThatSomethingIsToBeDone_NameAnIssue()
    {
        var open = new[] { "src", "samples", "bench", "tests" }.SelectMany(folder => Repository.Files(folder, ".cs"))
            .SelectMany(file => File.ReadLines(file).Where(line => !line.Contains("GeneratedRegex") && Unfinished().IsMatch(line))
                .Select(line => $"{Repository.Relative(file)}: {line.Trim()}"));

        open.ShouldBeEmpty();
    }

    private static bool IsText(string line) => line.Contains('"') || line.Contains("/// ") || line.Contains("curl ");

    [GeneratedRegex(@"//.*\b(TODO|FIXME|TBD)\b(?!.*#\d)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Unfinished();
}
