namespace ActorBalancer.Actors;

/// <summary>An actor did not reply in time. It may be busy, stopped, or may have failed on the message.</summary>
public sealed class AskTimeoutException : TimeoutException
{
    /// <summary>Makes the exception for one ask.</summary>
    public AskTimeoutException(string path, Type replyType, TimeSpan timeout)
        : base($"'{path}' did not reply with a {replyType?.Name} within {timeout}; it may be busy, stopped or failed.")
    {
        ArgumentNullException.ThrowIfNull(replyType);
        Path = path;
        ReplyType = replyType;
        Timeout = timeout;
    }

    /// <summary>Path of the actor that was asked.</summary>
    public string Path { get; }

    /// <summary>The type of the reply that was waited for.</summary>
    public Type ReplyType { get; }

    /// <summary>How long the ask waited.</summary>
    public TimeSpan Timeout { get; }
}
