namespace ActorBalancer.Api.Configuration.Kinds;

/// <summary>A span of time within a range; <see cref="Durations"/> says how it is written.</summary>
internal sealed class DurationKind(TimeSpan min, TimeSpan max) : SettingKind<TimeSpan>
{
    public override string Name => "duration";

    public override string Allowed => $"{Durations.Format(min)} to {Durations.Format(max)}";

    public override string Form => Durations.Form;

    public override string? Read(string text, out TimeSpan value)
    {
        if (!Durations.TryParse(text, out value)) return "is not a duration";
        return value < min || value > max ? "is out of range" : null;
    }
}
