using System.Text.Json;

namespace ActorBalancer.Cli.Http;

/// <summary>One event of a stream.</summary>
/// <param name="Name">Its kind.</param>
/// <param name="Data">Its data; undefined when it is no JSON.</param>
internal readonly record struct ServerEvent(string Name, JsonElement Data);
