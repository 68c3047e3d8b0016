using ActorBalancer.Api.Configuration.Hocon;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>Where the configuration of the proxy stands: a smart-stick file, the proxy's part of a HOCON file, or both.
/// Immutable, any thread.</summary>
/// <param name="configFile">The smart-stick file; null for none.</param>
/// <param name="hoconFile">The HOCON file; null for none.</param>
/// <param name="findVariable">Gives the variables that a substitution may ask for.</param>
/// <param name="edge">Where the balancer itself listens.</param>
/// <param name="workingDirectory">Absolute; relative paths start from it.</param>
internal sealed class ProxySource(
    string? configFile,
    string? hoconFile,
    Func<string, string?> findVariable,
    EdgeAddress edge,
    string workingDirectory)
{
    /// <summary>No proxy.</summary>
    public static ProxySource None { get; } = new(null, null, static _ => null, new EdgeAddress(0, []), "/");

    /// <summary>The smart-stick file as it was named; null for none.</summary>
    public string? ConfigFile => configFile;

    /// <summary>Reads and checks everything. Blocks on small files.</summary>
    public ProxyReading Read()
    {
        var report = new SettingsReport();
        var files = new ConfigFiles(workingDirectory);
        var fromFile = configFile is null ? null : ReadSmartStick(configFile, files, report);
        var fromHocon = hoconFile is null ? null : ReadHocon(hoconFile, files, report);
        var options = Join(fromFile ?? new ProxyOptions(), fromHocon ?? new ProxyOptions(), report);
        ProxyRules.Check(options.Pools, edge, report);
        return new ProxyReading(
            report.Errors.Count == 0 ? options : null, report.Errors, report.Warnings, files.Read);
    }

    private static ProxyOptions Join(ProxyOptions file, ProxyOptions hocon, SettingsReport report)
    {
        if (file.Alerts.Mail is not null && hocon.Alerts.Mail is not null)
        {
            report.Errors.Add("email is set in the file of PROXY_CONFIG and in proxy.email; keep one of them");
        }

        return new ProxyOptions
        {
            Pools = [.. file.Pools, .. hocon.Pools],
            Alerts = hocon.Alerts with { Mail = hocon.Alerts.Mail ?? file.Alerts.Mail },
        };
    }

    private static ProxyOptions? ReadSmartStick(string file, ConfigFiles files, SettingsReport report)
    {
        var path = files.Full(file);
        files.Add(path);
        byte[] content;
        try
        {
            using var stream = File.OpenRead(path);
            var buffer = new byte[(int)Math.Min(stream.Length, ConfigJson.BytesMax) + 1];
            content = buffer[..stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            report.Errors.Add($"PROXY_CONFIG: {SettingsReport.Quote(file)} cannot be read: {error.Message}");
            return null;
        }

        return SmartStickFile.Read(content, file, report);
    }

    private ProxyOptions? ReadHocon(string file, ConfigFiles files, SettingsReport report)
    {
        var hocon = new HoconFiles(workingDirectory);
        try
        {
            var tree = HoconSettings.ReadTree(file, hocon, findVariable, workingDirectory);
            return HoconProxy.Read(tree, files, report);
        }
        catch (HoconException error)
        {
            report.Errors.Add(error.Message);
            return null;
        }
        finally
        {
            foreach (var path in hocon.Seen)
                files.Add(path);
        }
    }
}

/// <summary>What reading the configuration of the proxy gave.</summary>
/// <param name="Options">The configuration; null when there is any error. Signed cookies may lack their secrets:
/// <see cref="StickySecrets"/> adds them.</param>
/// <param name="Errors">One line each.</param>
/// <param name="Warnings">One line each.</param>
/// <param name="Files">Absolute paths of the files that it depends on, whether they are there or not.</param>
internal sealed record ProxyReading(
    ProxyOptions? Options,
    IReadOnlyList<string> Errors,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Files);
