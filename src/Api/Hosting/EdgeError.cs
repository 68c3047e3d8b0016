namespace ActorBalancer.Api.Hosting;

/// <summary>An error as a client sees it: the member <c>error</c> that Andera's clients read, and the members of
/// RFC 9457 beside it.</summary>
/// <param name="Status">HTTP status, 400 to 599.</param>
/// <param name="Code">Stable name of the kind of error, in small letters, its words joined by an underscore or a
/// dash.</param>
/// <param name="Error">One sentence for people.</param>
internal sealed record EdgeError(int Status, string Code, string Error)
{
    /// <summary>More for people than <see cref="Error"/>; null when it says all.</summary>
    public string? Detail { get; init; }

    /// <summary>The member of the request at fault; null when none is.</summary>
    public string? Member { get; init; }

    /// <summary>What became of an order instead; null adds no member <c>outcome</c>.</summary>
    public string? Outcome { get; init; }

    /// <summary>State of the task that the order was about; null adds no member <c>state</c>.</summary>
    public string? State { get; init; }

    /// <summary>The trace of the task that failed, 32 hexadecimal digits; null adds no member <c>traceId</c>.</summary>
    public string? TraceId { get; init; }

    /// <summary>When to try again; null for no word on that. Sent in whole seconds, at least 1.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The same in seconds, as it is sent.</summary>
    public long? RetryAfterSeconds =>
        RetryAfter is { } wait ? Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)) : null;

    /// <summary>True adds <c>"success": false</c>, as Andera does where a worker failed.</summary>
    public bool IsWorkerFailure { get; init; }

    /// <summary>True closes the connection after the answer, since the rest of the request is not wanted.</summary>
    public bool CloseConnection { get; init; }
}
