namespace ActorBalancer.Cli;

/// <summary>What the person at the terminal does while a full screen is shown.</summary>
/// <param name="Key">The key's character in lower case; '\0' when the terminal has another size now.</param>
internal readonly record struct TopInput(char Key);
