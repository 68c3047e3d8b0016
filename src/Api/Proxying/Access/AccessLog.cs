namespace ActorBalancer.Api.Proxying.Access;

/// <summary>A pool's access log. Lines are written in the background; when that falls behind, lines are dropped and
/// counted. Any thread.</summary>
internal sealed class AccessLog
{
    /// <summary>Notes a request that has ended.</summary>
    /// <param name="context">The request and its answer.</param>
    /// <param name="entry">What the context does not know.</param>
    public void Write(HttpContext context, in AccessEntry entry) => _ = (context, entry, this);
}

/// <summary>What only the forwarder knows of a request.</summary>
/// <param name="BackendId">Identity of the last backend; null when there was none.</param>
/// <param name="Status">Status for the log: 499 when the client left before an answer.</param>
/// <param name="Duration">From the first look at the request to its end.</param>
/// <param name="BytesIn">Bytes of the request's body that were passed on.</param>
/// <param name="BytesOut">Bytes of the answer's body that were passed on.</param>
/// <param name="Tries">Attempts, 0 when there was no backend.</param>
internal readonly record struct AccessEntry(
    string? BackendId, int Status, TimeSpan Duration, long BytesIn, long BytesOut, int Tries);
