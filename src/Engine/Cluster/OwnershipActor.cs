using ActorBalancer.Actors;
using ActorBalancer.Engine.Routing;
using ActorBalancer.Engine.Workers;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Cluster;

/// <summary>The living nodes, for the actor that owns workers.</summary>
internal sealed record MembersMoved(IReadOnlyList<ClusterMember> Members) : WorkersMessage;

/// <summary>Time to look at leases.</summary>
internal sealed record ReviewLeases : WorkersMessage;

/// <summary>Another node gave a worker back.</summary>
internal sealed record WorkerFreed(string Url) : WorkersMessage;

/// <summary>A claim or a renewal has ended; null answer when Redis could not be asked.</summary>
internal sealed record ClaimEnded(OwnedPlace Place, long SentAt, ClaimAnswer? Answer, string? Fault) : WorkersMessage;

/// <summary>A worker was given back, or Redis could not be asked.</summary>
internal sealed record ReleaseEnded(OwnedPlace Place) : WorkersMessage;

/// <summary>The last task of a worker that is handed over has ended.</summary>
internal sealed record WorkerIdle(WorkerLease Lease) : WorkersMessage;

/// <summary>Give all workers back; the reply comes when this is done.</summary>
internal sealed record GiveUpWorkers(ActorRef<bool> ReplyTo) : WorkersMessage;

/// <summary>A worker that this node knows of. Belongs to the actor.</summary>
internal sealed class OwnedPlace(WorkerEntry entry)
{
    public WorkerEntry Entry { get; set; } = entry;

    /// <summary>The file names it.</summary>
    public bool IsNamed { get; set; } = true;

    /// <summary>This node should own it.</summary>
    public bool IsDue { get; set; }

    /// <summary>This node's lease; null when it is not the owner.</summary>
    public WorkerLease? Lease { get; set; }

    /// <summary>It gets no new tasks; once the running ones have ended it is given back.</summary>
    public bool IsHandedOver { get; set; }

    /// <summary>A call about it is under way.</summary>
    public bool IsAsking { get; set; }

    /// <summary>Not before this moment is it claimed or renewed, in ticks of the clock's counter.</summary>
    public long NextAt { get; set; }
}

/// <summary>
/// Stands before the supervisor of workers and lets it know of those alone that this node owns.
/// <para>O1: a worker is called only under a lease in Redis that is this node's, and by the monotonic clock the right
/// ends a margin before the lease can.</para>
/// <para>O2: rendezvous hashing among the living engines that name a worker says who should own it. An owner that
/// should not lets running tasks end, then gives it back.</para>
/// </summary>
internal sealed class OwnershipActor(
    ClusterBook book,
    ActorRef<WorkersMessage> workers,
    ActorRef<MembershipMessage> membership,
    Action<string> forgetDrain,
    ILogger logger) : Actor<WorkersMessage>
{
    private const string ReviewTimer = "review";

    /// <summary>Rest after the moment when another's lease ends, before the worker is claimed.</summary>
    private static readonly TimeSpan ClaimRest = TimeSpan.FromMilliseconds(5);

    private readonly Dictionary<string, OwnedPlace> _places = new(StringComparer.Ordinal);
    private readonly List<ActorRef<bool>> _gone = [];
    private readonly HashSet<string> _unnamed = new(StringComparer.Ordinal); // left the file while others named them
    private IReadOnlyList<string> _order = [];
    private IReadOnlyList<ClusterMember>? _members;
    private IDisposable? _subscription;
    private bool _leaving;

    private TimeSpan Margin => book.LeaseTime / 10;

    protected override ValueTask PreStartAsync()
    {
        var self = Context.Self;
        _subscription = Context.System.EventStream.Subscribe<WorkerStopped>(
            stopped => self.Tell(new WorkerIdle(stopped.Lease)));
        return default;
    }

    protected override ValueTask PostStopAsync()
    {
        _subscription?.Dispose();

        // Nobody renews any more: what still runs is broken off with the actors.
        foreach (var place in _places.Values)
            place.Lease?.End();
        return default;
    }

    protected override ValueTask OnReceiveAsync(WorkersMessage message)
    {
        switch (message)
        {
            case FleetConfigured configured:
                Configure(configured.Entries);
                break;
            case MembersMoved moved:
                _members = moved.Members;
                Decide();
                ClaimAgain();
                break;
            case WorkerFreed freed when _places.TryGetValue(freed.Url, out var place) && place.Lease is null:
                place.NextAt = 0;
                break;
            case ClaimEnded ended:
                Take(ended);
                break;
            case ReleaseEnded released:
                released.Place.IsAsking = false;
                break;
            case WorkerIdle idle:
                LetGo(idle.Lease);
                break;
            case GiveUpWorkers give:
                _leaving = true;
                _gone.Add(give.ReplyTo);
                Decide();
                break;
        }

        Review();
        return default;
    }

    private void Configure(IReadOnlyList<WorkerEntry> entries)
    {
        foreach (var place in _places.Values)
            place.IsNamed = false;
        foreach (var entry in entries)
        {
            if (_places.TryGetValue(entry.Url, out var known))
                (known.Entry, known.IsNamed) = (entry, true);
            else
                _places.Add(entry.Url, new OwnedPlace(entry));
        }

        _unnamed.UnionWith(_order);
        _order = [.. entries.Select(static entry => entry.Url)];
        _unnamed.ExceptWith(_order);
        membership.Tell(new UrlsNamed(_order));
        Decide();
        Hand();
    }

    private void ClaimAgain()
    {
        foreach (var place in _places.Values)
        {
            if (place.Lease is null)
                place.NextAt = 0;
        }
    }

    private void Review()
    {
        var now = Context.Time.GetTimestamp();
        var changed = false;
        foreach (var place in _places.Values.ToArray())
        {
            if (place.Lease is { IsHeld: false })
            {
                Lose(place, "it could not be renewed in time");
                changed = true;
            }

            if (place is { Lease: not null, IsDue: false, IsHandedOver: false })
            {
                place.IsHandedOver = true;
                changed = true;
                ClusterLog.HandingOver(logger, place.Entry.Url);
            }

            if ((place.Lease is not null || place.IsDue) && !place.IsAsking && now >= place.NextAt)
                Claim(place);
            if (place is { IsNamed: false, Lease: null, IsAsking: false })
                _places.Remove(place.Entry.Url);
        }

        if (changed)
            Hand();
        if (_gone.Count > 0 && _places.Values.All(static place => place is { Lease: null, IsAsking: false }))
            Farewell();
        Arm(now);
    }

    private void Farewell()
    {
        foreach (var reply in _gone)
            reply.Tell(true);
        _gone.Clear();
    }

    // O2. All nodes with the same picture come to the same answer.
    private void Decide()
    {
        var engines = (_members ?? [])
            .Where(member => member is { IsEngine: true, IsLeaving: false } || IsSelf(member))
            .Select(member => (
                IsSelf: IsSelf(member),
                Hash: RoutingKey.Hash(member.Id),
                Urls: member.Urls.ToHashSet(StringComparer.Ordinal)))
            .ToArray();
        ForgetDrains();
        foreach (var place in _places.Values)
        {
            var url = RoutingKey.Hash(place.Entry.Url);
            ulong bestRank = 0;
            place.IsDue = false;
            foreach (var engine in _leaving || !place.IsNamed ? [] : engines)
            {
                // What this node names it knows better than its entry does.
                if (!engine.IsSelf && !engine.Urls.Contains(place.Entry.Url))
                    continue;
                var rank = SplitMix64.Mix(url ^ engine.Hash);
                if (rank >= bestRank)
                    (place.IsDue, bestRank) = (engine.IsSelf, rank);
            }
        }
    }

    // A worker that has left this node's file loses its drain once no other engine's file names it. Whoever of several
    // nodes reads the new file last does it.
    private void ForgetDrains()
    {
        if (_members is not { } members)
            return;
        foreach (var url in _unnamed.ToArray())
        {
            if (members.Any(member => member.IsEngine && !IsSelf(member)
                && member.Urls.Contains(url, StringComparer.Ordinal)))
            {
                continue;
            }

            _unnamed.Remove(url);
            forgetDrain(url);
        }
    }

    private bool IsSelf(ClusterMember member) => string.Equals(member.Id, book.Id, StringComparison.Ordinal);

    private void Claim(OwnedPlace place)
    {
        place.IsAsking = true;

        // Before the call: the lease in Redis begins later, so it ends later.
        var sentAt = Context.Time.GetTimestamp();
        Context.PipeToSelf(
            book.ClaimAsync(place.Entry.Url),
            answer => new ClaimEnded(place, sentAt, answer, null),
            exception => new ClaimEnded(place, sentAt, null, exception.Message));
    }

    private void Take(ClaimEnded ended)
    {
        var place = ended.Place;
        place.IsAsking = false;
        if (place.Lease is { IsHeld: false })
        {
            // Too late for this one, whatever the answer is: somebody else may have had the worker meanwhile.
            Lose(place, "it could not be renewed in time");
            Hand();
        }

        if (ended.Answer is not { } answer)
        {
            place.NextAt = After(book.LeaseTime / 10);
            return;
        }

        if (answer.Holder is { } holder)
        {
            place.NextAt = After(answer.Rest + ClaimRest);
            if (place.Lease is null)
                return;
            Lose(place, $"{holder} has it");
            Hand();
            return;
        }

        var until = ended.SentAt + Ticks(book.LeaseTime - Margin);
        place.NextAt = ended.SentAt + Ticks(book.LeaseTime / 3);
        if (place.Lease is { } lease)
        {
            lease.Extend(until);
            return;
        }

        var taken = new WorkerLease(Context.Time, answer.Fence, until);
        if (!taken.IsHeld)
        {
            // The answer took so long that it says nothing any more.
            place.NextAt = 0;
        }
        else if (!place.IsDue)
        {
            Release(place);
        }
        else
        {
            place.Lease = taken;
            place.IsHandedOver = false;
            ClusterLog.Owned(logger, place.Entry.Url, answer.Fence);
            Hand();
        }
    }

    private void Lose(OwnedPlace place, string reason)
    {
        ClusterLog.OwnershipLost(logger, place.Entry.Url, reason);
        place.Lease!.End();
        place.Lease = null;
        place.IsHandedOver = false;
    }

    private void LetGo(WorkerLease lease)
    {
        foreach (var place in _places.Values)
        {
            if (place.Lease != lease || !place.IsHandedOver)
                continue;
            lease.End();
            place.Lease = null;
            place.IsHandedOver = false;
            ClusterLog.GivenBack(logger, place.Entry.Url);
            Release(place);
            return;
        }
    }

    private void Release(OwnedPlace place)
    {
        place.IsAsking = true;
        Context.PipeToSelf(
            book.ReleaseAsync(place.Entry.Url),
            () => new ReleaseEnded(place),
            _ => new ReleaseEnded(place));
    }

    private void Hand()
    {
        var mine = new List<WorkerEntry>();
        foreach (var url in _order)
        {
            if (_places[url] is { Lease: { } lease, IsHandedOver: false } place)
                mine.Add(place.Entry with { Lease = lease });
        }

        workers.Tell(new FleetConfigured(mine));
    }

    private void Arm(long now)
    {
        var next = long.MaxValue;
        foreach (var place in _places.Values)
        {
            if (place.Lease is { } lease)
                next = Math.Min(next, lease.UntilTimestamp);
            if (!place.IsAsking && (place.Lease is not null || place.IsDue))
                next = Math.Min(next, place.NextAt);
        }

        if (next == long.MaxValue)
            Context.Timers.Cancel(ReviewTimer);
        else
        {
            var wait = Context.Time.GetElapsedTime(now, Math.Max(now, next));
            Context.Timers.StartSingle(ReviewTimer, new ReviewLeases(), wait);
        }
    }

    private long After(TimeSpan time) => Context.Time.GetTimestamp() + Ticks(time);

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Context.Time.TimestampFrequency);
}
