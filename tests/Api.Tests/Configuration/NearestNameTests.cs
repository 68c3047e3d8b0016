using ActorBalancer.Api.Configuration;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

public sealed class NearestNameTests
{
    private static readonly string[] Names = ["PORT", "TASK_TIMEOUT", "TASK_ATTEMPTS", "LOG_LEVEL"];

    [Theory]
    [InlineData("PROT", "PORT")]
    [InlineData("port", "PORT")]
    [InlineData("POR", "PORT")]
    [InlineData("PORTS", "PORT")]
    [InlineData("task-timeot", "TASK_TIMEOUT")]
    [InlineData("TASKTIMEOUT", "TASK_TIMEOUT")]
    [InlineData("TASK_ATEMTPS", "TASK_ATTEMPTS")]
    [InlineData("LOGLEVL", "LOG_LEVEL")]
    [InlineData("MODE", null)]
    [InlineData("P", null)]
    [InlineData("", null)]
    [InlineData("SOMETHING_ELSE", null)]
    public void Find_Name_GivesTheNearestThatIsNearEnough(string name, string? expected) =>
        NearestName.Find(name, Names).ShouldBe(expected);

    [Fact]
    public void Find_EndlessName_GivesNothing() =>
        NearestName.Find(new string('x', 1_000_000), Names).ShouldBeNull();
}
