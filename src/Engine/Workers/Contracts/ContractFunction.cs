namespace ActorBalancer.Engine.Workers.Contracts;

/// <summary>A function in canonical form.</summary>
/// <param name="Name">Its name; never empty.</param>
/// <param name="Parameters">Its parameters as canonical JSON; <c>{}</c> when it has none.</param>
internal readonly record struct ContractFunction(string Name, string Parameters);
