using System.Net;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Proxying;

public sealed class DrainSessionsTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void See_SweptWhileItIsTakenIn_IsCountedSoThatTheBoundHolds()
    {
        var sessions = new DrainSessions(Idle, null, _time);
        var client = new HookedAddress();
        sessions.See(client, _time.GetTimestamp());
        _time.Advance(Idle + Idle);
        var now = _time.GetTimestamp();

        // The first hash finds the client there; before the second one it is swept.
        client.BeforeHash(2, () => sessions.Sweep(now));
        sessions.See(client, now);

        sessions.Count(now).ShouldBe(1);
        _time.Advance(Idle + Idle);
        now = _time.GetTimestamp();
        sessions.Sweep(now);
        for (var index = 0; index <= DrainSessions.ClientsMax; index++)
            sessions.See(new IPAddress(index), now);
        sessions.Count(now).ShouldBe(DrainSessions.ClientsMax);
    }

    [Fact]
    public void See_OlderThanWhatIsKnown_ChangesNothing()
    {
        var sessions = new DrainSessions(Idle, null, _time);
        var early = _time.GetTimestamp();
        _time.Advance(Idle);
        sessions.See(IPAddress.Loopback, _time.GetTimestamp());

        sessions.See(IPAddress.Loopback, early);

        sessions.Count(_time.GetTimestamp()).ShouldBe(1);
    }

    /// <summary>An address that lets something happen between two looks at a table.</summary>
    private sealed class HookedAddress() : IPAddress(0x7f)
    {
        private Action? _hook;
        private int _left;

        public void BeforeHash(int number, Action hook) => (_left, _hook) = (number, hook);

        public override bool Equals(object? comparand) => base.Equals(comparand);

        public override int GetHashCode()
        {
            if (_hook is { } hook && --_left == 0)
            {
                _hook = null;
                hook();
            }

            return base.GetHashCode();
        }
    }
}
