using System.Reflection;
using ActorBalancer.Api.Configuration;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

public sealed class SettingsTableTests
{
    [Fact]
    public void ReferenceConf_AndTable_SayTheSame()
    {
        // What the file should be is left beside the test, ready to be copied.
        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "reference.conf"), SettingsDocuments.Reference());

        HoconSettings.ReadReference().ShouldBe(SettingsDocuments.Reference());
    }

    [Fact]
    public void ConfigurationPage_AndTable_SayTheSame()
    {
        File.WriteAllText(Path.Combine(AppContext.BaseDirectory, "table.md"), SettingsDocuments.MarkdownTable());

        var page = File.ReadAllText(Path.Combine(SettingsDocuments.Repository, "docs", "configuration.md"));

        var table = page.Split('\n').SkipWhile(static line => !line.StartsWith("| name |", StringComparison.Ordinal))
            .TakeWhile(static line => line.StartsWith('|'));
        (string.Join('\n', table) + "\n").ShouldBe(SettingsDocuments.MarkdownTable());
    }

    [Fact]
    public void All_HoldsEverySettingOfTheTableOnce()
    {
        var declared = typeof(SettingsTable).GetFields(BindingFlags.Static | BindingFlags.Public)
            .Select(static field => field.GetValue(null)).OfType<Setting>();

        SettingsTable.All.ShouldBe(declared, ignoreOrder: true);
    }

    [Fact]
    public void All_NamesAndPaths_AreUnique()
    {
        SettingsTable.All.Select(static setting => setting.Name).ShouldBeUnique();
        SettingsTable.All.Select(static setting => setting.Path).ShouldBeUnique();
    }

    [Fact]
    public void All_Docs_AreOneLineWithAFullStop()
    {
        foreach (var setting in SettingsTable.All)
        {
            setting.Doc.ShouldEndWith(".", customMessage: setting.Name);
            setting.Doc.ShouldNotContain("\n", customMessage: setting.Name);
            setting.Doc.ShouldNotContain("|", customMessage: setting.Name);
        }
    }

    [Theory]
    [InlineData("TASK_TIMEOUT")]
    [InlineData("task_timeout")]
    [InlineData("task-timeout")]
    [InlineData("Task-Timeout")]
    public void Find_NameInAnyForm_GivesTheSetting(string name) =>
        SettingsTable.Find(name).ShouldBeSameAs(SettingsTable.TaskTimeout);

    [Fact]
    public void Find_UnknownName_GivesNull() => SettingsTable.Find("TASK").ShouldBeNull();
}
