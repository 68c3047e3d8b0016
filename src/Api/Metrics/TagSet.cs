namespace ActorBalancer.Api.Metrics;

/// <summary>The tags of a measurement, compared by content. Immutable.</summary>
internal readonly struct TagSet : IEquatable<TagSet>
{
    private readonly KeyValuePair<string, object?>[] _tags;
    private readonly int _hash;

    public TagSet(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        _tags = tags.ToArray();
        var hash = default(HashCode);
        foreach (var (name, value) in _tags)
        {
            hash.Add(name, StringComparer.Ordinal);
            hash.Add(value);
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>The tags in the order in which they came.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Tags => _tags;

    public bool Equals(TagSet other)
    {
        if (_hash != other._hash || _tags.Length != other._tags.Length)
            return false;
        for (var i = 0; i < _tags.Length; i++)
        {
            if (!string.Equals(_tags[i].Key, other._tags[i].Key, StringComparison.Ordinal)
                || !Equals(_tags[i].Value, other._tags[i].Value))
                return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => obj is TagSet other && Equals(other);

    public override int GetHashCode() => _hash;
}
