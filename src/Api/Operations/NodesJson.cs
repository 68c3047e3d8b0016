using System.Text.Json;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Engine;

namespace ActorBalancer.Api.Operations;

/// <summary>Writes the body of <c>GET /nodes</c>.</summary>
internal static class NodesJson
{
    /// <summary>Writes all nodes.</summary>
    public static void Write(Utf8JsonWriter json, NodesView view)
    {
        json.WriteStartObject();
        json.WriteBoolean("cluster"u8, view.IsCluster);
        json.WriteStartArray("nodes"u8);
        foreach (var node in view.Nodes)
            Write(json, node);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, NodeView node)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, node.Id);
        json.WriteBoolean("self"u8, node.IsSelf);
        json.WriteStartArray("roles"u8);
        if (node.IsEngine)
            json.WriteStringValue("engine"u8);
        if (node.IsApi)
            json.WriteStringValue("api"u8);
        json.WriteEndArray();
        json.WriteString("host"u8, node.Host);
        json.WriteNumber("processId"u8, node.ProcessId);
        json.WriteString("version"u8, node.Version);
        TaskDocument.WriteTime(json, "startedAt"u8, node.StartedAtMilliseconds);
        json.WriteBoolean("leaving"u8, node.IsLeaving);
        json.WriteStartArray("owns"u8);
        foreach (var url in node.Owns)
            json.WriteStringValue(url);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
