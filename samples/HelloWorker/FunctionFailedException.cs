namespace ActorBalancer.HelloWorker;

/// <summary>A function's own word that it failed. Its message goes to the caller.</summary>
internal sealed class FunctionFailedException(string message) : Exception(message);
