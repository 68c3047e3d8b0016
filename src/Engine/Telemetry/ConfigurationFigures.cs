using ActorBalancer.Actors;

namespace ActorBalancer.Engine.Telemetry;

/// <summary>Counts how often files of the configuration were read. Thread-safe; reads are rare.</summary>
internal sealed class ConfigurationFigures : IDisposable
{
    private readonly SortedDictionary<string, Reads> _files = new(StringComparer.Ordinal); // guarded by itself
    private readonly IDisposable _subscription;

    public ConfigurationFigures(EventStream events) => _subscription = events.Subscribe<ConfigurationRead>(Count);

    /// <summary>The files that were read, with how often each did and did not count, and whether it did last.</summary>
    public IReadOnlyList<(string File, long Good, long Bad, bool IsGood)> All
    {
        get
        {
            lock (_files)
                return [.. _files.Select(static file => (
                    file.Key, file.Value.Good, file.Value.Bad, file.Value.IsGood))];
        }
    }

    public void Dispose() => _subscription.Dispose();

    private void Count(ConfigurationRead read)
    {
        lock (_files)
        {
            var before = _files.GetValueOrDefault(read.File);
            _files[read.File] = new Reads(
                before.Good + (read.IsGood ? 1 : 0), before.Bad + (read.IsGood ? 0 : 1), read.IsGood);
        }
    }

    private readonly record struct Reads(long Good, long Bad, bool IsGood);
}
