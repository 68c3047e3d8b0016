namespace ActorBalancer.Api.Tests.Security;

/// <summary>Monotonic time that moves when the test says so. Its frequency is odd on purpose: a unit that is taken
/// for another shows.</summary>
internal sealed class SteppedClock : TimeProvider
{
    private long _timestamp = 123_456_789;

    public override long TimestampFrequency => 3_000_000;

    public override long GetTimestamp() => Interlocked.Read(ref _timestamp);

    public void Advance(TimeSpan step) =>
        Interlocked.Add(ref _timestamp, (long)(step.TotalSeconds * TimestampFrequency));
}
