namespace ActorBalancer.Api.Tests.Logging;

/// <summary>A clock that stands at 2026-01-02T03:04:05.678Z until a test moves it.</summary>
internal sealed class FixedTime : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
