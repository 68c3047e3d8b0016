namespace ActorBalancer.Api.Configuration;

/// <summary>The values that were read, by setting. A wrong one is missing. Filled once, on one thread.</summary>
internal sealed class SettingValues
{
    private readonly Dictionary<Setting, (object? Value, SettingText Text)> _values =
        new(ReferenceEqualityComparer.Instance);

    public void Set<T>(Setting<T> setting, T value, SettingText text) => _values[setting] = (value, text);

    /// <summary>The value of a setting that was right.</summary>
    /// <exception cref="KeyNotFoundException">It was wrong, which the caller has to rule out first.</exception>
    public T Get<T>(Setting<T> setting) => (T)_values[setting].Value!;

    /// <summary>The value of a setting and where it came from; false when it was wrong.</summary>
    public bool TryGet<T>(Setting<T> setting, out T value, out SettingText text)
    {
        var isThere = _values.TryGetValue(setting, out var found);
        value = isThere ? (T)found.Value! : default!;
        text = found.Text;
        return isThere;
    }

    /// <summary>As it was written; false when it was wrong.</summary>
    public bool TryGetText(Setting setting, out SettingText text)
    {
        var isThere = _values.TryGetValue(setting, out var found);
        text = found.Text;
        return isThere;
    }

    /// <summary>Forgets a value that a rule found to be wrong.</summary>
    public void Remove(Setting setting) => _values.Remove(setting);
}
