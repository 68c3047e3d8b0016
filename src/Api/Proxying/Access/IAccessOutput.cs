namespace ActorBalancer.Api.Proxying.Access;

/// <summary>Where lines of an access log go. One thread.</summary>
internal interface IAccessOutput : IDisposable
{
    /// <summary>Writes whole lines in one piece. May wait; never throws.</summary>
    /// <returns>False when they could not be written.</returns>
    bool TryWrite(ReadOnlySpan<byte> lines);
}
