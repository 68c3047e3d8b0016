using System.Net;
using ActorBalancer.Api.Configuration.Hocon;
using ActorBalancer.Api.Configuration.Proxy;

namespace ActorBalancer.Api.Configuration;

/// <summary>
/// Reads all settings. Sources, strongest first: command line, environment, <c>.env</c> in the working directory, the
/// HOCON file, the defaults of the embedded <c>reference.conf</c>.
/// </summary>
internal static class SettingsLoader
{
    /// <summary>Loads and checks the settings. Reads files, and nothing else that is not passed in.</summary>
    /// <param name="args">The command line, without the program's name.</param>
    /// <param name="environment">The process environment.</param>
    /// <param name="workingDirectory">Absolute; relative paths start from it.</param>
    /// <returns>The settings, or one error for each wrong one; never both.</returns>
    public static SettingsResult Load(
        string[] args, IReadOnlyDictionary<string, string> environment, string workingDirectory)
    {
        var report = new SettingsReport();
        var arguments = CommandLineArguments.Parse(args, report);
        var sources = new SettingSources(arguments, environment, DotEnvFile.Read(workingDirectory, report));
        var file = arguments.HoconFile ?? sources.FindVariable(HoconSettings.FileVariable);
        var hocon = HoconSettings.Load(file, sources, workingDirectory, report);

        var values = new SettingValues();
        foreach (var setting in SettingsTable.All) setting.Bind(sources.Find(setting, hocon), values, report);
        SecretFiles.Apply(values, workingDirectory, report);
        var addresses = SettingRules.Check(values, workingDirectory, report);
        var proxy = CheckProxy(hocon, values, sources, addresses, workingDirectory, report);

        var isRight = report.Errors.Count == 0;
        return new SettingsResult(
            isRight ? BalancerSettings.From(values, addresses!, workingDirectory, proxy) : null,
            report.Errors,
            report.Warnings,
            Configure(sources, hocon))
        {
            Views = View(values),
        };
    }

    private static List<SettingView> View(SettingValues values)
    {
        var views = new List<SettingView>(SettingsTable.All.Count);
        foreach (var setting in SettingsTable.All)
        {
            if (values.TryGetText(setting, out var text)) views.Add(new SettingView(setting, text));
        }

        return views;
    }

    // The proxy's files are read again by whoever runs it; here only what is wrong with them matters.
    private static ProxySource CheckProxy(
        HoconSettings hocon,
        SettingValues values,
        SettingSources sources,
        IReadOnlyList<IPAddress>? addresses,
        string workingDirectory,
        SettingsReport report)
    {
        values.TryGet(SettingsTable.Port, out var port, out _);
        var file = values.TryGet(SettingsTable.ProxyConfig, out var config, out _) && config.Length > 0 ? config : null;
        var proxy = new ProxySource(
            file,
            hocon.File,
            name => sources.FindVariable(name)?.Text,
            new EdgeAddress(port, addresses ?? []),
            workingDirectory);
        var reading = proxy.Read();
        report.Errors.AddRange(reading.Errors);
        report.Warnings.AddRange(reading.Warnings);
        return proxy;
    }

    private static IConfigurationRoot Configure(SettingSources sources, HoconSettings hocon)
    {
        var named = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in SettingsTable.All)
        {
            // A secret is overwritten even where only the HOCON file has it.
            if (setting.IsSecret) named[KeyOf(setting)] = null;
            else if (sources.FindByName(setting.Name) is { } text) named[KeyOf(setting)] = text.Text;
        }

        return new ConfigurationBuilder()
            .Add(new HoconConfigurationProvider(WithoutProxy(hocon.Tree)))
            .AddInMemoryCollection(named)
            .Build();
    }

    // Pools and mail servers hold secrets at places of their own; nobody asks for them here.
    private static HoconObject WithoutProxy(HoconObject tree)
    {
        if (tree.Find([SettingsTable.Root, "proxy"]) is not HoconObject proxy) return tree;
        var root = (HoconObject)tree.Fields[SettingsTable.Root];
        return Replace(tree, SettingsTable.Root, Replace(root, "proxy", new HoconObject(proxy.Origin, new(
            proxy.Fields.Where(static field => !HoconProxy.Keys.Contains(field.Key, StringComparer.Ordinal))))));
    }

    private static HoconObject Replace(HoconObject owner, string key, HoconObject value) =>
        new(owner.Origin, new(owner.Fields) { [key] = value });

    private static string KeyOf(Setting setting) =>
        $"{SettingsTable.Root}:{setting.Path.Replace('.', ':')}";
}
