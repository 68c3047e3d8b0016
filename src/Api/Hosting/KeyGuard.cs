using System.Net;
using ActorBalancer.Api.Security;

namespace ActorBalancer.Api.Hosting;

/// <summary>Checks the balancer's key and slows down those who guess it. Thread-safe.</summary>
/// <param name="key">The key.</param>
/// <param name="limiter">Counts wrong ones.</param>
/// <param name="log">Told once of an address that sends too many.</param>
internal sealed class KeyGuard(BalancerKey key, WrongKeyLimiter limiter, ILogger log)
{
    // The most that is refused in one table for the addresses of one minute; about 4,096 x 100 bytes.
    private const int AddressesMax = 4096;

    /// <summary>Makes one with a table of its own.</summary>
    /// <param name="key">The key.</param>
    /// <param name="wrongKeysPerMinuteMax">Wrong keys of an address before it gets 429.</param>
    /// <param name="time">The clock of the windows.</param>
    /// <param name="log">Told once of an address that sends too many.</param>
    /// <exception cref="ArgumentException">The key is empty, or cannot be sent in a header as it is.</exception>
    public static KeyGuard Create(string key, int wrongKeysPerMinuteMax, TimeProvider time, ILogger log) =>
        new(new BalancerKey(key), new WrongKeyLimiter(wrongKeysPerMinuteMax, AddressesMax, time), log);

    /// <summary>Checks the keys that a request carries.</summary>
    /// <param name="headers">Its headers.</param>
    /// <param name="client">Who is to blame for a wrong one; null when unknown.</param>
    /// <param name="isRight">True when a key was sent and is right; false without an error: none was sent.</param>
    /// <returns>The refusal of a wrong key; null when there is none.</returns>
    public EdgeError? Check(IHeaderDictionary headers, IPAddress? client, out bool isRight)
    {
        var check = key.Check(headers);
        isRight = check == KeyCheck.Right;
        return check switch
        {
            KeyCheck.Right or KeyCheck.Absent => null,
            KeyCheck.Malformed => EdgeErrors.MalformedKey,
            _ => CountWrongKey(client),
        };
    }

    /// <summary>Checks a key that came in a body: a login.</summary>
    /// <param name="offered">The key; spaces around it, as pasting leaves them, do not count.</param>
    /// <param name="client">Who is to blame for a wrong one; null when unknown.</param>
    /// <returns>The refusal of a wrong key; null for the right one.</returns>
    public EdgeError? CheckOffered(string offered, IPAddress? client) =>
        key.IsRight(offered.AsSpan().Trim()) ? null : CountWrongKey(client);

    private EdgeError CountWrongKey(IPAddress? address)
    {
        var count = limiter.Count(address, out var retryAfter);
        if (retryAfter == TimeSpan.Zero)
            return EdgeErrors.Unauthorized;
        if (count == limiter.FailuresPerMinuteMax + 1)
            EdgeLog.WrongKeyFlood(log, address, count, (int)Math.Ceiling(retryAfter.TotalSeconds));
        return new EdgeError(429, "too_many_wrong_keys", "Too many wrong keys came from this address.")
        {
            RetryAfter = retryAfter,
        };
    }
}
