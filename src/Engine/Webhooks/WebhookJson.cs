using System.Text.Json.Serialization;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>What is delivered of a task that did not succeed.</summary>
internal sealed record FailedTask(bool Success, string Error, string TaskId, string State);

/// <summary>Writes it without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FailedTask))]
internal sealed partial class WebhookJson : JsonSerializerContext;
