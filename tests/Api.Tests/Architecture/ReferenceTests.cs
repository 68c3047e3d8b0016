using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Architecture;

/// <summary>References between projects point downwards only.</summary>
public sealed class ReferenceTests
{
    // What a project may know. A project that is not named here fails the test until it is given its place.
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Actors"] = [],
        ["Protocol"] = [],
        ["Engine"] = ["Actors", "Protocol"],
        ["Api"] = ["Engine", "Protocol", "HelloWorker"],
        ["Cli"] = [],
        ["HelloWorker"] = ["Protocol"],
        ["ProxyTwoSites"] = ["Api"],
    };

    public static TheoryData<string> Projects =>
        [.. Repository.Files("src", ".csproj").Concat(Repository.Files("samples", ".csproj")).Select(Repository.Relative)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ReferencesOnlyWhatLiesBelow(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        Allowed.ShouldContainKey(name);

        var referenced = Elements(project, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path));

        referenced.Except(Allowed[name]).ShouldBeEmpty($"{project} must not know these");
    }

    [Theory]
    [InlineData("Actors")]
    [InlineData("Protocol")]
    [InlineData("Engine")]
    public void ProjectBelowTheApi_NeverSeesAspNet(string name)
    {
        var project = $"src/{name}/{name}.csproj";

        XDocument.Load(Path.Combine(Repository.Root, project)).Root!.Attribute("Sdk")!.Value.ShouldBe("Microsoft.NET.Sdk");
        Elements(project, "FrameworkReference").ShouldBeEmpty();
        Elements(project, "PackageReference").ShouldAllBe(package => !package.Contains("AspNetCore"));
    }

    [Fact]
    public void Actors_HasNoPackagesAndNoWordOfBalancing()
    {
        string[] foreign = ["TaskQueue", "TaskId", "Lease", "Redis", "Sqlite", "Balanc", "Worker"];

        Elements("src/Actors/Actors.csproj", "PackageReference").ShouldBeEmpty();
        foreach (var file in Repository.Files("src/Actors", ".cs"))
        {
            var text = File.ReadAllText(file).Replace("ActorBalancer", "", StringComparison.Ordinal);
            foreign.Where(word => text.Contains(word, StringComparison.Ordinal))
                .ShouldBeEmpty($"{Repository.Relative(file)} speaks of balancing");
        }
    }

    private static IEnumerable<string> Elements(string project, string name) => XDocument
        .Load(Path.Combine(Repository.Root, project))
        .Descendants(name)
        .Select(static element => element.Attribute("Include")?.Value ?? "");
}
