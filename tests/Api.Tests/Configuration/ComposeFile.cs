using System.Text.RegularExpressions;
using ActorBalancer.Api.Tests.Architecture;

namespace ActorBalancer.Api.Tests.Configuration;

/// <summary>The environments in <c>docker-compose.yml</c>, read as far as that file uses YAML: mappings by indentation,
/// anchors and merges.</summary>
internal sealed partial class ComposeFile
{
    private readonly List<(int Indent, string Key, string Value)> _lines = [];
    private readonly Dictionary<string, int> _anchors = [];

    public ComposeFile()
    {
        foreach (var text in File.ReadLines(Path.Combine(Repository.Root, "docker-compose.yml")))
        {
            if (Member().Match(text) is not { Success: true } match)
                continue;
            if (match.Groups["anchor"].Length > 0)
                _anchors.Add(match.Groups["anchor"].Value, _lines.Count);
            _lines.Add((
                match.Groups["indent"].Length, match.Groups["key"].Value,
                match.Groups["value"].Value.Trim().Trim('"')));
        }
    }

    /// <summary>Names of all services, in order.</summary>
    public IReadOnlyList<string> Services => [.. Below(Find(0, "services")).Select(line => line.Key)];

    /// <summary>A member of a service, its own or a merged one; null when there is none.</summary>
    public string? Text(string service, string member) =>
        Members(ServiceLine(service)).TryGetValue(member, out var line) ? _lines[line].Value : null;

    /// <summary>What a service finds in its environment; empty for nothing.</summary>
    public IReadOnlyDictionary<string, string> EnvironmentOf(string service) =>
        Members(ServiceLine(service)).TryGetValue("environment", out var line)
            ? Members(line).ToDictionary(member => member.Key, member => _lines[member.Value].Value)
            : [];

    private int ServiceLine(string service) => Members(Find(0, "services"))[service];

    private int Find(int indent, string key) => _lines.FindIndex(line => line.Indent == indent && line.Key == key);

    /// <summary>The members of the mapping on that line with the lines on which they stand; its own win over merged
    /// ones.</summary>
    private Dictionary<string, int> Members(int parent)
    {
        var members = new Dictionary<string, int>();
        foreach (var (index, key, value) in Below(parent))
        {
            if (key != "<<")
            {
                members[key] = index;
                continue;
            }

            foreach (var (name, line) in Members(_anchors[value.TrimStart('*')]))
                members.TryAdd(name, line);
        }

        return members;
    }

    private IEnumerable<(int Index, string Key, string Value)> Below(int parent)
    {
        var indent = _lines[parent].Indent;
        for (var i = parent + 1; i < _lines.Count && _lines[i].Indent > indent; i++)
        {
            if (_lines[i].Indent == indent + 2)
                yield return (i, _lines[i].Key, _lines[i].Value);
        }
    }

    [GeneratedRegex(
        @"^(?<indent> *)(?<key>[A-Za-z][A-Za-z0-9_-]*|<<):(?: +&(?<anchor>[a-z]+))?(?<value> .*)?$",
        RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Member();
}
