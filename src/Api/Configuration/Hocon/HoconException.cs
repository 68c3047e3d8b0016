namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>A HOCON text that cannot be read or resolved. The message is one line and names the place.</summary>
internal sealed class HoconException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="origin">The place of the fault.</param>
    /// <param name="problem">What was expected and what was found, without the place.</param>
    public HoconException(HoconOrigin origin, string problem)
        : base($"{origin}: {problem}")
    {
        Origin = origin;
        Problem = problem;
    }

    /// <summary>The place of the fault.</summary>
    public HoconOrigin Origin { get; }

    /// <summary>What was expected and what was found, without the place.</summary>
    public string Problem { get; }
}
