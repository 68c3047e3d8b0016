using System.Net;

namespace ActorBalancer.Engine.Proxying;

/// <summary>What a pool may know of a request that it places.</summary>
/// <param name="Named">The backend that the client's cookie names; null for none.</param>
/// <param name="KeyHash">Hash of the client's key for consistent hashing; 0 for none.</param>
/// <param name="Client">The client's address, by which sessions on a draining backend are told apart; null when
/// unknown.</param>
/// <param name="Tried">Backends that this request was at already; null at first.</param>
public readonly record struct PickRequest(
    Backend? Named = null, ulong KeyHash = 0, IPAddress? Client = null, IReadOnlyList<Backend>? Tried = null)
{
    /// <summary>Whether it is a first attempt.</summary>
    internal bool IsFirst => Tried is not { Count: > 0 };

    /// <summary>Whether it was at a backend already. Retries are few: the list is walked.</summary>
    internal bool WasAt(Backend backend)
    {
        for (var index = 0; index < (Tried?.Count ?? 0); index++)
        {
            if (ReferenceEquals(Tried![index], backend))
                return true;
        }

        return false;
    }
}

/// <summary>Where a request goes.</summary>
/// <param name="Kind">Whether it goes anywhere.</param>
/// <param name="Backend">Where to; null unless <see cref="PickKind.Entered"/>. It counts the request until
/// <see cref="ProxyPool.Leave"/>.</param>
public readonly record struct Pick(PickKind Kind, Backend? Backend);

/// <summary>Whether a request goes anywhere.</summary>
public enum PickKind
{
    /// <summary>To a backend, which counts it now.</summary>
    Entered,

    /// <summary>No backend may take it (or none that was not tried): 503.</summary>
    NoneHealthy,

    /// <summary>All that could take it are full, and the queue too or for too long: 503 with Retry-After.</summary>
    Full,
}
