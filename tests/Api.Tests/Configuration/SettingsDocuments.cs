using System.Text;
using ActorBalancer.Api.Configuration;

namespace ActorBalancer.Api.Tests.Configuration;

/// <summary>Writes, from the table of settings, what reference.conf and docs/configuration.md have to say.</summary>
internal static class SettingsDocuments
{
    public static string Repository { get; } = FindRepository();

    public static string Reference()
    {
        var text = new StringBuilder();
        text.AppendLine("# Every setting with its default. Made from the table of settings: SettingsTable.cs.");
        text.AppendLine(
            "# In brackets: the name in the environment, in .env and on the command line, and what is allowed.");
        text.AppendLine("# docs/configuration.md says how durations and sizes are written, and which source wins.");
        text.AppendLine($"{SettingsTable.Root} {{");
        foreach (var group in SettingsTable.All.GroupBy(static setting => setting.Path.Split('.')[0]))
        {
            text.AppendLine($"  {group.Key} {{");
            foreach (var setting in group)
            {
                text.AppendLine($"    # {setting.Doc} [{setting.Name}: {setting.Allowed}]");
                text.AppendLine($"    {setting.Path[(group.Key.Length + 1)..]} = {Written(setting.Default)}");
            }

            text.AppendLine("  }");
        }

        text.AppendLine("}");
        return text.ToString();
    }

    public static string MarkdownTable()
    {
        var text = new StringBuilder();
        text.AppendLine("| name | HOCON path under `actorbalancer` | kind | default | allowed | meaning |");
        text.AppendLine("|---|---|---|---|---|---|");
        foreach (var setting in SettingsTable.All)
        {
            var written = setting.Default.Length == 0 ? "empty" : $"`{setting.Default}`";
            text.AppendLine($"| `{setting.Name}` | `{setting.Path}` | {setting.KindName} | {written} "
                + $"| {setting.Allowed} | {setting.Doc} |");
        }

        return text.ToString();
    }

    private static string Written(string value) => value.Length == 0 ? "\"\"" : value;

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ActorBalancer.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
