using System.Text.Json;
using ActorBalancer.Api.Proxying.Control;
using ActorBalancer.Engine.Proxying;

namespace ActorBalancer.Api.Operations;

/// <summary>Writes the body of <c>GET /proxy</c>.</summary>
internal static class ProxyJson
{
    /// <summary>Writes all pools.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="proxy">The pools; null while there is no proxy.</param>
    /// <param name="shares">What was looked at before.</param>
    public static void Write(Utf8JsonWriter json, ProxyEngine? proxy, BackendShares shares)
    {
        IReadOnlyList<ProxyPool> pools = proxy?.Pools ?? [];
        shares.Keep(pools);
        json.WriteStartObject();
        json.WriteStartArray("pools"u8);
        foreach (var pool in pools)
            Write(json, pool.Status(), shares);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, PoolStatus status, BackendShares shares)
    {
        var parts = shares.Read(status);
        json.WriteStartObject();
        json.WriteString("pool"u8, status.Name);
        json.WriteString("strategy"u8, status.Strategy);
        json.WriteNumber("waiting"u8, status.Waiting);
        StatusJson.WriteMoment(json, "timestamp"u8, status.At);
        json.WriteStartArray("backends"u8);
        for (var i = 0; i < status.Backends.Count; i++)
            StatusJson.WriteFull(json, status, status.Backends[i], parts[i]);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
