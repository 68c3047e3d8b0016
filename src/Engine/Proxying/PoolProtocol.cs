using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Engine.Proxying;

/// <summary>What the supervisor of all pools is told.</summary>
internal abstract record ProxyMessage;

/// <summary>Make the pools be so.</summary>
/// <param name="Options">What was configured.</param>
/// <param name="Applied">Takes a task that ends when each new backend has had its first check; or why nothing, or not
/// everything, was applied.</param>
internal sealed record ApplyProxy(ProxyOptions Options, TaskCompletionSource<Task> Applied) : ProxyMessage;

/// <summary>What a pool's actor is told.</summary>
internal abstract record PoolMessage;

/// <summary>Be so.</summary>
/// <param name="Options">What was configured; null: the pool has left the configuration.</param>
/// <param name="Checked">Ends when each new backend has had its first check.</param>
internal sealed record ConfigurePool(PoolOptions? Options, TaskCompletionSource Checked) : PoolMessage;

/// <summary>A check has ended; the tally holds its verdict.</summary>
/// <param name="Member">Of whom.</param>
/// <param name="Health">The verdict after it.</param>
/// <param name="Streak">As in <see cref="BackendStatus.Streak"/>.</param>
/// <param name="Error">Why it failed; null when it did not.</param>
/// <param name="At">When it ended.</param>
internal sealed record BackendChecked(
    PoolMember Member, BackendHealth Health, int Streak, string? Error, DateTimeOffset At) : PoolMessage;

/// <summary>Real traffic shows something.</summary>
/// <param name="Backend">Of whom.</param>
/// <param name="What">What it shows.</param>
/// <param name="Last">How the last attempt went.</param>
internal sealed record Suspected(Backend Backend, Suspicion What, AttemptKind Last) : PoolMessage;

/// <summary>As few requests run on a backend as the actor had asked to be told of.</summary>
internal sealed record BackendEmptied(Backend Backend) : PoolMessage;

/// <summary>An operator wants something of a backend.</summary>
internal sealed record OrderBackend(
    string BackendId, BackendState State, TaskCompletionSource<OrderAnswer> Answer) : PoolMessage;

/// <summary>The time of an ejection is over.</summary>
internal sealed record EjectionOver(PoolMember Member) : PoolMessage;

/// <summary>Those that start slowly get their next share.</summary>
internal sealed record RampStep : PoolMessage;

/// <summary>Those that drain are looked at.</summary>
internal sealed record DrainTick : PoolMessage;

/// <summary>What a backend's actor is told.</summary>
internal abstract record BackendMessage;

/// <summary>Check now, unless a check runs.</summary>
internal sealed record CheckNow : BackendMessage;

/// <summary>A check has ended.</summary>
/// <param name="By">The instance that began it: those of one that has failed since do not count.</param>
/// <param name="Result">How it went.</param>
internal sealed record CheckEnded(BackendActor By, CheckResult Result) : BackendMessage;

/// <summary>The settings of the checks have changed.</summary>
internal sealed record Rescheduled : BackendMessage;
