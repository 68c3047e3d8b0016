namespace ActorBalancer.Api.Proxying.Clients;

/// <summary>
/// Walks the parts of a list from its end, since the end is what the nearest proxy wrote: the elements of a header, or
/// with <c>;</c> the pairs of an element of <c>Forwarded</c> (RFC 7239, 4). Separators between quotes are none.
/// </summary>
/// <param name="text">The list.</param>
/// <param name="separator">Between its parts.</param>
internal ref struct ForwardedElements(ReadOnlySpan<char> text, char separator)
{
    private ReadOnlySpan<char> _rest = text;
    private bool _hasEnded;

    /// <summary>The part without blanks around it; may be empty.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>Goes on to the part before.</summary>
    /// <returns>False at the beginning of the list, and at a quote that nothing opens.</returns>
    public bool MoveNext()
    {
        if (_hasEnded)
            return false;
        var isQuoted = false;
        for (var index = _rest.Length - 1; index >= 0; index--)
        {
            if (_rest[index] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (_rest[index] == separator && !isQuoted)
            {
                Current = _rest[(index + 1)..].Trim(" \t");
                _rest = _rest[..index];
                return true;
            }
        }

        _hasEnded = true;
        Current = _rest.Trim(" \t");
        return !isQuoted;
    }
}
