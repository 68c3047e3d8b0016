namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>Where a piece of HOCON text stands.</summary>
/// <param name="File">The file as the user named it; never null.</param>
/// <param name="Line">Counted from 1.</param>
/// <param name="Column">Counted from 1 in UTF-16 units; a tab counts one.</param>
internal readonly record struct HoconOrigin(string File, int Line, int Column)
{
    /// <summary>Such as <c>hocon/standalone.conf, line 3, column 7</c>.</summary>
    public override string ToString() => $"{File}, line {Line}, column {Column}";
}
