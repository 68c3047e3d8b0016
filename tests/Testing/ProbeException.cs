namespace ActorBalancer.Testing;

/// <summary>A test probe did not get what was expected. The message says what was expected and what came.</summary>
public sealed class ProbeException(string message, Exception? inner = null) : Exception(message, inner);
