namespace ActorBalancer.Api.Configuration.Kinds;

/// <summary>A size in bytes within a range; <see cref="ByteSizes"/> says how it is written.</summary>
internal sealed class ByteSizeKind(long min, long max) : SettingKind<long>
{
    public override string Name => "size";

    public override string Allowed => $"{ByteSizes.Format(min)} to {ByteSizes.Format(max)}";

    public override string Form => ByteSizes.Form;

    public override string? Read(string text, out long value)
    {
        if (!ByteSizes.TryParse(text, out value)) return "is not a size";
        return value < min || value > max ? "is out of range" : null;
    }
}
