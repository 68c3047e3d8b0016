namespace ActorBalancer.Api.Configuration;

/// <summary>Reads secrets from the files that NAME_FILE names.</summary>
internal static class SecretFiles
{
    /// <summary>Stands for a secret that is not read; every rule about secrets is content with it.</summary>
    public const string StandIn = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>Puts the content of each named file in the place of the secret.</summary>
    public static void Apply(SettingValues values, string workingDirectory, SettingsReport report)
    {
        foreach (var (secret, fileSetting) in SettingsTable.Secrets)
        {
            if (!values.TryGet(fileSetting, out var file, out var fileText) || file.Length == 0) continue;
            var hasSecret = values.TryGet(secret, out var value, out var secretText);
            // From here on only the file's content counts; without it the rules about the key have nothing to say.
            values.Remove(secret);
            if (!hasSecret || value.Length > 0)
            {
                var source = hasSecret ? $" ({secretText.Source})" : "";
                report.Errors.Add($"{secret.Name}{source} and {fileSetting.Name} ({fileText.Source}) are both set; "
                    + "keep one of them");
            }
            else if (Read(file, fileSetting, fileText, workingDirectory, report) is { } content)
            {
                secret.Bind(new SettingText(content, $"file {SettingsReport.Quote(file)}"), values, report);
            }
        }
    }

    /// <summary>The same without looking at any file: each is taken for one that holds a right secret.</summary>
    public static void Pretend(SettingValues values, SettingsReport report)
    {
        foreach (var (secret, fileSetting) in SettingsTable.Secrets)
        {
            if (!values.TryGet(fileSetting, out var file, out var fileText) || file.Length == 0) continue;
            if (values.TryGet(secret, out var value, out var secretText) && value.Length > 0)
            {
                report.Errors.Add($"{secret.Name} ({secretText.Source}) and {fileSetting.Name} ({fileText.Source}) are "
                    + "both set; keep one of them");
            }
            else
            {
                secret.Bind(new SettingText(StandIn, fileText.Source), values, report);
            }
        }
    }

    private static string? Read(
        string file, Setting setting, SettingText text, string workingDirectory, SettingsReport report)
    {
        if (SecretFile.Read(Path.GetFullPath(file, workingDirectory), out var fault, out var reason) is { } content)
            return content;
        var problem = fault switch
        {
            SecretFileFault.Empty => "is an empty file",
            SecretFileFault.TooLarge => $"is a file of more than {SecretFile.BytesMax} bytes",
            _ => $"cannot be read: {reason}",
        };
        report.Wrong(setting, text, problem, "a readable file that holds the secret and nothing else");
        return null;
    }
}
