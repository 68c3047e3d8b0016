using System.Text.Json;

namespace ActorBalancer.Trials.Rigs;

/// <summary>What <c>GET /_lb/health</c> says.</summary>
/// <param name="Total">Backends.</param>
/// <param name="Healthy">Those that are well.</param>
/// <param name="Backends">Each of them.</param>
internal sealed record PoolHealth(int Total, int Healthy, IReadOnlyList<SeenBackend> Backends)
{
    /// <summary>Requests that run, upgraded connections included.</summary>
    public int Active => Backends.Sum(static backend => backend.Active);

    /// <summary>The backend of that id; null when there is none.</summary>
    public SeenBackend? Find(int id) => Backends.FirstOrDefault(backend => backend.Id == id);

    /// <summary>Reads the answer.</summary>
    public static PoolHealth Parse(string json)
    {
        var root = JsonElement.Parse(json);
        return new PoolHealth(
            root.GetProperty("total").GetInt32(),
            root.GetProperty("healthy").GetInt32(),
            [
                .. root.GetProperty("backends").EnumerateArray().Select(static backend => new SeenBackend(
                    backend.GetProperty("id").GetInt32(), backend.GetProperty("healthy").GetBoolean(),
                    backend.GetProperty("weight").GetInt32(), backend.GetProperty("requests").GetInt64(),
                    backend.GetProperty("activeConnections").GetInt32())),
            ]);
    }
}

/// <summary>A backend as the proxy shows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Healthy">Whether it is well.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="Requests">Requests so far.</param>
/// <param name="Active">Those that run.</param>
internal sealed record SeenBackend(int Id, bool Healthy, int Weight, long Requests, int Active);
