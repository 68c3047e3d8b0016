using ActorBalancer.Actors;
using Microsoft.Extensions.Logging;

namespace ActorBalancer.Engine.Cluster;

/// <summary>What the membership actor understands.</summary>
internal abstract record MembershipMessage;

/// <summary>Time to renew and to look.</summary>
internal sealed record RenewEntry : MembershipMessage;

/// <summary>Something may have changed.</summary>
internal sealed record LookAtMembers : MembershipMessage;

/// <summary>Somebody new wants to hear of the members.</summary>
internal sealed record TellMembers : MembershipMessage;

/// <summary>What the workers file names now.</summary>
internal sealed record UrlsNamed(IReadOnlyList<string> Urls) : MembershipMessage;

/// <summary>This node is on its way out; the reply comes when the others can know it, or cannot be told.</summary>
internal sealed record AnnounceLeave(ActorRef<bool> ReplyTo) : MembershipMessage;

/// <summary>The entry was written (<paramref name="Other"/> null), belongs to another process, or could not be
/// written.</summary>
internal sealed record EntryWritten(ClusterMember? Other, string? Fault) : MembershipMessage;

/// <summary>All entries, or why they could not be read.</summary>
internal sealed record MembersRead(
    IReadOnlyList<(string Id, ClusterMember? Member, TimeSpan Left)> Entries, string? Fault) : MembershipMessage;

/// <summary>
/// Keeps this node's entry alive and knows the entries of all others. A node is lost when its entry has run out; while
/// Redis cannot be read, and for a lease time after that, nobody is: all had the same trouble.
/// </summary>
internal sealed class MembershipActor(
    ClusterBook book,
    ClusterMember self,
    Action<IReadOnlyList<ClusterMember>> publish,
    ILogger logger) : Actor<MembershipMessage>
{
    private const string RenewTimer = "renew";
    private const string LookTimer = "look";

    /// <summary>After so many lease times a lost node's name is struck off: all others have seen the loss by then.
    /// </summary>
    private const int ForgetAfter = 5;

    /// <summary>Rest after the moment when an entry runs out, before it is looked for.</summary>
    private static readonly TimeSpan LookRest = TimeSpan.FromMilliseconds(10);

    private readonly Dictionary<string, ClusterMember> _others = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _missingSince = new(StringComparer.Ordinal);
    private readonly List<ActorRef<bool>> _leaveReplies = [];
    private ClusterMember _self = self;
    private bool _changed;
    private bool _writing;
    private bool _writeAgain;
    private bool _reading;
    private bool _readAgain;
    private bool _wasRead;
    private bool _isNameTaken;
    private bool _failed;
    private long? _troubleAt;

    protected override ValueTask PreStartAsync()
    {
        Context.Timers.StartPeriodic(RenewTimer, new RenewEntry(), book.LeaseTime / 3);
        Read();
        return default;
    }

    protected override ValueTask OnReceiveAsync(MembershipMessage message)
    {
        switch (message)
        {
            case RenewEntry:
                Write();
                Read();
                break;
            case LookAtMembers:
                Read();
                break;
            case TellMembers:
                Publish();
                break;
            case UrlsNamed named when !named.Urls.SequenceEqual(_self.Urls, StringComparer.Ordinal):
                Change(_self with { Urls = named.Urls });
                break;
            case AnnounceLeave leave:
                _leaveReplies.Add(leave.ReplyTo);
                Change(_self with { IsLeaving = true });
                break;
            case EntryWritten written:
                Take(written);
                break;
            case MembersRead read:
                Take(read);
                break;
        }

        return default;
    }

    private void Change(ClusterMember self)
    {
        _self = self;
        _changed = true;
        Write();
        Publish();
    }

    private void Write()
    {
        _writeAgain = _writing;
        if (_writing)
            return;
        _writing = true;
        Context.PipeToSelf(
            WriteAsync(_self, _changed),
            static other => new EntryWritten(other, null),
            static exception => new EntryWritten(null, exception.Message));
        _changed = false;
    }

    private async Task<ClusterMember?> WriteAsync(ClusterMember self, bool isNew)
    {
        var other = await book.WriteAsync(self);
        if (isNew && other is null)
            await book.TellMembersAsync();
        return other;
    }

    private void Take(EntryWritten written)
    {
        _writing = false;
        if (written.Fault is { } fault)
            Fail(fault);
        else if (written.Other is { } other && !_isNameTaken)
            ClusterLog.NameTaken(logger, book.Id, other.Host, other.ProcessId);
        else if (written.Other is null && _isNameTaken)
            ClusterLog.NameBack(logger, book.Id);

        var isTaken = written.Fault is null ? written.Other is not null : _isNameTaken;
        if (isTaken != _isNameTaken)
        {
            _isNameTaken = isTaken;
            Publish();
        }

        // What could not be told is told with the next renewal.
        _changed |= written.Fault is not null;
        if (_writeAgain)
        {
            Write();
            return;
        }

        foreach (var reply in _leaveReplies)
            reply.Tell(written.Fault is null);
        _leaveReplies.Clear();
    }

    private void Read()
    {
        _readAgain = _reading;
        if (_reading)
            return;
        _reading = true;
        Context.PipeToSelf(
            book.ReadMembersAsync(),
            static entries => new MembersRead(entries, null),
            static exception => new MembersRead([], exception.Message));
    }

    private void Take(MembersRead read)
    {
        _reading = false;
        if (read.Fault is { } fault)
        {
            Fail(fault);
        }
        else
        {
            _failed = false;
            Compare(read.Entries);
        }

        if (_readAgain)
            Read();
    }

    private void Compare(IReadOnlyList<(string Id, ClusterMember? Member, TimeSpan Left)> entries)
    {
        var now = Context.Time.GetTimestamp();
        var mayLose = _troubleAt is not { } trouble
            || Context.Time.GetElapsedTime(trouble, now) > book.LeaseTime;
        var changed = !_wasRead;
        _wasRead = true;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        TimeSpan? nextLook = null;
        foreach (var (id, member, rest) in entries)
        {
            seen.Add(id);
            if (string.Equals(id, book.Id, StringComparison.Ordinal))
                continue;
            if (member is null)
            {
                changed |= Miss(id, now, mayLose);
                continue;
            }

            _missingSince.Remove(id);
            changed |= Meet(id, member);
            if (rest < book.LeaseTime / 2 && (nextLook is null || rest < nextLook))
                nextLook = rest;
        }

        foreach (var id in _others.Keys.Where(id => !seen.Contains(id)).ToArray())
        {
            _others.Remove(id, out var left);
            _missingSince.Remove(id);
            ClusterLog.OtherLeft(logger, id);
            Context.System.EventStream.Publish(new NodeLeft(left!));
            changed = true;
        }

        if (nextLook is { } wait)
            Context.Timers.StartSingle(LookTimer, new LookAtMembers(), wait + LookRest);
        if (changed)
            Publish();
    }

    private bool Meet(string id, ClusterMember member)
    {
        if (_others.TryGetValue(id, out var known) && IsSame(known, member))
            return false;
        _others[id] = member;
        if (known is null || known.Life != member.Life)
        {
            ClusterLog.OtherJoined(logger, id, member.Host, member.ProcessId);
            Context.System.EventStream.Publish(new NodeJoined(member));
        }

        return true;
    }

    private bool Miss(string id, long now, bool mayLose)
    {
        if (!mayLose)
            return false;
        if (_missingSince.TryAdd(id, now))
        {
            // A node that leaves strikes its name off, then its entry. The list may have been read before that.
            _readAgain = true;
            return false;
        }

        if (_others.Remove(id, out var lost))
        {
            ClusterLog.OtherLost(logger, id, book.LeaseTime.TotalMilliseconds);
            var isFirst = _others.Keys.All(other => string.CompareOrdinal(book.Id, other) < 0);
            Context.System.EventStream.Publish(new NodeLost(lost, isFirst));
            return true;
        }

        if (Context.Time.GetElapsedTime(_missingSince[id], now) < book.LeaseTime * ForgetAfter)
            return false;
        _missingSince.Remove(id);
        _ = ForgetAsync(id);
        return false;
    }

    // Whoever fails at it leaves it to the next one who looks.
    private async Task ForgetAsync(string id)
    {
        try
        {
            await book.ForgetAsync(id);
        }
        catch (Storage.TaskStoreException exception)
        {
            ClusterLog.BookFailed(logger, exception.Message);
        }
    }

    private static bool IsSame(ClusterMember one, ClusterMember other) =>
        one.Life == other.Life && one.IsLeaving == other.IsLeaving && one.IsEngine == other.IsEngine
            && one.Urls.SequenceEqual(other.Urls, StringComparer.Ordinal);

    private void Fail(string fault)
    {
        if (!_failed)
            ClusterLog.BookFailed(logger, fault);
        _failed = true;
        _troubleAt = Context.Time.GetTimestamp();
    }

    // Before the first look nobody knows who else is there.
    private void Publish()
    {
        if (!_wasRead)
            return;
        IEnumerable<ClusterMember> all = _isNameTaken ? _others.Values : _others.Values.Append(_self);
        publish([.. all.OrderBy(static member => member.Id, StringComparer.Ordinal)]);
    }
}
