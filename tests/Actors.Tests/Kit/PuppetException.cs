namespace ActorBalancer.Actors.Tests.Kit;

/// <summary>A failure made by a test.</summary>
internal sealed class PuppetException(string message) : Exception(message);
