namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>The record of a task that has ended.</summary>
/// <param name="Sequence">Key of its row.</param>
/// <param name="HasProgress">True when a row of progress may lie beside it.</param>
internal readonly record struct DeletedRecord(long Sequence, bool HasProgress);
