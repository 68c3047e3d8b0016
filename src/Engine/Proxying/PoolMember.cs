using ActorBalancer.Actors;

namespace ActorBalancer.Engine.Proxying;

/// <summary>A backend as its pool's actor knows it; touched on that actor's turn, but for what <see cref="Tally"/>
/// holds, which belongs to the backend's actor.</summary>
internal sealed class PoolMember(Backend backend)
{
    public Backend Backend => backend;

    public HealthTally Tally { get; set; } = new();

    public ActorRef<BackendMessage> Actor { get; set; } = null!;

    /// <summary>What operators want.</summary>
    public BackendState State { get; set; }

    public BackendHealth Health { get; set; }

    /// <summary>Has left the configuration.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>The drain that was wanted last is over.</summary>
    public bool IsDrained { get; set; }

    /// <summary>Null: not ejected.</summary>
    public DateTimeOffset? EjectedUntil { get; set; }

    /// <summary>Ejections in a row, the present one included.</summary>
    public int Ejections { get; set; }

    /// <summary>Length of the last ejection.</summary>
    public TimeSpan EjectionTime { get; set; }

    /// <summary>When the last ejection ended.</summary>
    public DateTimeOffset EjectionEnded { get; set; }

    /// <summary>Begin of a slow start; null: none.</summary>
    public long? RampSince { get; set; }

    /// <summary>Share of its weight that it gets.</summary>
    public double Ramp { get; set; } = 1;

    /// <summary>Begin of the drain.</summary>
    public long DrainSince { get; set; }

    public DateTimeOffset? LastChecked { get; set; }

    public int Streak { get; set; }

    public string? LastError { get; set; }

    /// <summary>Connections that were replaced and may still be in use.</summary>
    public List<HttpMessageInvoker> Retired { get; } = [];

    public bool IsEjected => EjectedUntil is not null;

    public bool IsDraining => (IsRemoved || State == BackendState.Drain) && !IsDrained;

    /// <summary>Takes new clients as far as operators are concerned.</summary>
    public bool IsWanted => !IsRemoved && State == BackendState.Active;

    /// <summary>Gets traffic of new clients now, panic apart.</summary>
    public bool IsServing => IsWanted && Health == BackendHealth.Up && !IsEjected;

    /// <summary>All of this as others see it, without counts.</summary>
    public BackendStatus Standing => new()
    {
        Options = backend.Options,
        State = State,
        IsHealthy = Health == BackendHealth.Up,
        EjectedUntil = EjectedUntil,
        IsDrained = IsDrained,
        IsRemoved = IsRemoved,
        Ramp = Ramp,
        LastChecked = LastChecked,
        Streak = Streak,
        LastError = LastError,
    };
}
