namespace ActorBalancer.Cli.Output;

/// <summary>A column of a table.</summary>
/// <param name="Name">Its heading.</param>
/// <param name="IsRight">Numbers stand at the right.</param>
/// <param name="Min">Columns that it keeps when the terminal is narrow; 0 when it is never cut.</param>
internal readonly record struct Column(string Name, bool IsRight = false, int Min = 0)
{
    /// <summary>A text that is never cut.</summary>
    public static implicit operator Column(string name) => new(name);
}
