using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

/// <summary>What docs/configuration.md shows is what the program prints.</summary>
public sealed class ConfigurationPageTests : IDisposable
{
    private readonly SettingsProbe _probe = new();

    private readonly string _page =
        File.ReadAllText(Path.Combine(SettingsDocuments.Repository, "docs", "configuration.md"));

    public void Dispose() => _probe.Dispose();

    [Fact]
    public void Page_WrongValues_ShowsWhatIsPrinted()
    {
        var errors = _probe.Argument("--PORT", "70000").Variable("TASK_ATTEMPTS", "many")
            .DotEnv("\n\nLOG_LEVEL=inf").Hocon("tasks.retry-backoff = 5 sec").Load().Errors;

        errors.Count.ShouldBe(4);
        foreach (var error in errors) _page.ShouldContain($"\n{error}\n");
    }

    [Fact]
    public void Page_WrongHocon_ShowsWhatIsPrinted()
    {
        _probe.Write("hocon/standalone.conf", "actorbalancer.storage {\n  store = sqlite\n  data-dir = C:/data\n}");

        _page.ShouldContain($"\n{_probe.Load().Errors.ShouldHaveSingleItem()}\n");
    }
}
