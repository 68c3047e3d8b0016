namespace ActorBalancer.Engine.Tasks;

/// <summary>The body of a task.</summary>
/// <param name="Kind">Done, unknown or gone: what is known of the task.</param>
/// <param name="Body">Byte for byte as it came; null when it is not kept any more, or damaged.</param>
public readonly record struct TaskInput(TaskAnswerKind Kind, byte[]? Body);
