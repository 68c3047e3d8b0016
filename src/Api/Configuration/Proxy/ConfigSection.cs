using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ActorBalancer.Api.Configuration.Kinds;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>
/// An object of a configuration file while it is read: gives its members as typed values and reports each fault with
/// the member's full path. It remembers what was asked for, so that <see cref="Close"/> can tell which members nobody
/// knows. Used on one thread.
/// </summary>
internal sealed class ConfigSection
{
    private readonly ConfigNode _node;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <param name="node">The object; of another kind, it is reported and counts as empty.</param>
    /// <param name="path">Its full path; empty for the root of a JSON file.</param>
    /// <param name="report">Takes what is wrong.</param>
    public ConfigSection(ConfigNode node, string path, SettingsReport report)
    {
        Path = path;
        Report = report;
        if (node.Kind is ConfigKind.Object or ConfigKind.Null)
        {
            _node = node;
            return;
        }

        report.Errors.Add($"{path}: {Show(node)} ({node.Source}) stands where an object belongs");
        _node = node with { Kind = ConfigKind.Null };
    }

    /// <summary>Full path of this object.</summary>
    public string Path { get; }

    /// <summary>Where it stands.</summary>
    public string Source => _node.Source;

    /// <summary>Takes what is wrong.</summary>
    public SettingsReport Report { get; }

    /// <summary>The names of all members, known or not.</summary>
    public IEnumerable<string> Names => _node.Fields.Keys;

    /// <summary>Full path of a member.</summary>
    public string PathOf(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    /// <summary>Where a member stands; this object when it is not there.</summary>
    public string SourceOf(string name) => Find(name)?.Source ?? Source;

    /// <summary>Whether a member is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>The value of a member, or the default when it is missing or wrong; what is wrong is reported.</summary>
    public T Read<T>(string name, SettingKind<T> kind, T fallback, bool isSecret = false) =>
        TryRead(name, kind, out var value, isSecret) ? value : fallback;

    /// <summary>The value of a member that must be there; reported and false when it is missing or wrong.</summary>
    public bool Require<T>(string name, SettingKind<T> kind, [MaybeNullWhen(false)] out T value)
    {
        if (TryRead(name, kind, out value))
            return true;
        if (!Has(name))
            Report.Errors.Add($"{PathOf(name)}: is missing ({Source}); allowed: {AllowedBy(kind)}");
        return false;
    }

    /// <summary>The value of a member; false when it is missing or wrong, and the latter is reported.</summary>
    public bool TryRead<T>(
        string name, SettingKind<T> kind, [MaybeNullWhen(false)] out T value, bool isSecret = false)
    {
        value = default;
        return Find(name) is { } node && TryRead(node, PathOf(name), kind, out value, isSecret);
    }

    /// <summary>The object under a name; null when it is missing.</summary>
    public ConfigSection? Section(string name) =>
        Find(name) is { } node ? new ConfigSection(node, PathOf(name), Report) : null;

    /// <summary>The objects of a list, or of an object under their names; empty when the member is missing.</summary>
    /// <param name="name">Name of the member.</param>
    /// <param name="isObjectAllowed">Whether an object may stand in place of a list.</param>
    /// <returns>Each object, with its name in an object, or null in a list.</returns>
    public IReadOnlyList<(string? Name, ConfigSection Section)> Sections(string name, bool isObjectAllowed)
    {
        if (Find(name) is not { } node)
            return [];
        var path = PathOf(name);
        if (node.Kind == ConfigKind.List)
            return [.. node.Items.Select((item, index) => ((string?)null, Inner(item, At(path, index))))];
        if (node.Kind == ConfigKind.Object && isObjectAllowed)
        {
            // A member of null is one that an including file has taken away.
            return
            [
                .. node.Fields.Where(static field => field.Value.Kind != ConfigKind.Null)
                    .Select(field => ((string?)field.Key, Inner(field.Value, $"{path}.{field.Key}"))),
            ];
        }

        Report.Errors.Add($"{path}: {Show(node)} ({node.Source}) stands where a list belongs");
        return [];
    }

    /// <summary>The values of a list of scalars, right ones only; a single scalar counts as a list of one.</summary>
    /// <param name="name">Name of the member.</param>
    /// <param name="kind">What each value may be.</param>
    /// <param name="countMax">Most values.</param>
    /// <param name="isSecret">Whether values must not be shown.</param>
    public IReadOnlyList<T> ReadList<T>(string name, SettingKind<T> kind, int countMax, bool isSecret = false)
    {
        if (Find(name) is not { } node)
            return [];
        IReadOnlyList<ConfigNode> items = node.Kind == ConfigKind.List ? node.Items : [node];
        if (items.Count > countMax)
            Wrong(name, $"holds {items.Count} values; at most {countMax} are allowed");
        var values = new List<T>(Math.Min(items.Count, countMax));
        for (var index = 0; index < items.Count && index < countMax; index++)
        {
            var path = node.Kind == ConfigKind.List ? At(PathOf(name), index) : PathOf(name);
            if (TryRead(items[index], path, kind, out var value, isSecret))
                values.Add(value);
        }

        return values;
    }

    /// <summary>Reports a fault of a member.</summary>
    public void Wrong(string name, string problem) =>
        Report.Errors.Add($"{PathOf(name)} ({SourceOf(name)}): {problem}");

    /// <summary>Warns of each member that nobody asked for; call when all is read.</summary>
    public void Close()
    {
        foreach (var (name, value) in _node.Fields)
        {
            if (_asked.Contains(name))
                continue;
            var nearest = NearestName.Find(name, _asked);
            var hint = nearest is null ? "docs/proxy.md lists all" : $"did you mean '{nearest}'?";
            Report.Warnings.Add(
                $"{value.Source}: unknown member {SettingsReport.Quote(PathOf(name))} is ignored; {hint}");
        }
    }

    private static string At(string path, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    private static string AllowedBy<T>(SettingKind<T> kind) =>
        kind.Form is { } form ? $"{kind.Allowed}; {form}" : kind.Allowed;

    private static string Show(ConfigNode node) => node.Kind is ConfigKind.List or ConfigKind.Object or ConfigKind.Null
        ? node.KindName
        : SettingsReport.Quote(node.Text);

    private static ConfigKind KindOf<T>() => typeof(T) == typeof(bool)
        ? ConfigKind.Boolean
        : typeof(T) == typeof(int) || typeof(T) == typeof(long) || typeof(T) == typeof(double)
            || typeof(T) == typeof(TimeSpan)
            ? ConfigKind.Number
            : ConfigKind.Text;

    private static string? Misfit<T>(ConfigNode node)
    {
        if (node.Kind is ConfigKind.List or ConfigKind.Object or ConfigKind.Null)
            return "is not a single value";
        var wanted = KindOf<T>();
        if (node.Kind == ConfigKind.Word || node.Kind == wanted)
            return null;
        return $"is {node.KindName}, not {new ConfigNode(wanted, "", "").KindName}";
    }

    private ConfigSection Inner(ConfigNode node, string path) => new(node, path, Report);

    private ConfigNode? Find(string name)
    {
        _asked.Add(name);
        return _node.Fields.TryGetValue(name, out var found) && found.Kind != ConfigKind.Null ? found : null;
    }

    private bool TryRead<T>(
        ConfigNode node, string path, SettingKind<T> kind, [MaybeNullWhen(false)] out T value, bool isSecret)
    {
        value = default;
        var problem = Misfit<T>(node);
        if (problem is null && (problem = kind.Read(node.Text, out var read)) is null)
        {
            value = read;
            return true;
        }

        var shown = isSecret ? "'***'" : Show(node);
        Report.Errors.Add($"{path}: {shown} ({node.Source}) {problem}; allowed: {AllowedBy(kind)}");
        return false;
    }
}
