using System.Globalization;
using System.Text.Json;
using ActorBalancer.Testing.Processes;
using ActorBalancer.Testing.Workers;

namespace ActorBalancer.Trials.Rigs;

/// <summary>A proxy with a smart-stick <c>config.json</c> in front of backends: processes of their own on free ports of
/// 127.0.0.1. Belongs to one trial.</summary>
internal sealed class ProxyRig : IAsyncDisposable
{
    /// <summary>Name of the cookie.</summary>
    public const string Cookie = "X-Backend-ID";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string ProxyAssembly = Path.Combine(AppContext.BaseDirectory, "ActorBalancer.Api.dll");
    private static readonly string BackendAssembly = typeof(ProxyRig).Assembly.Location;

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly Dictionary<int, int> _ports = [];
    private readonly Dictionary<int, ChildProcess> _backends = [];
    private readonly string _config;
    private readonly string _strategy;

    private ProxyRig(string strategy)
    {
        _strategy = strategy;
        _config = _folder.Combine("config.json");
    }

    /// <summary>Where the pool listens.</summary>
    public int Port { get; } = FreePort.Next();

    /// <summary>The proxy's process.</summary>
    public ChildProcess Proxy { get; private set; } = null!;

    /// <summary>Starts backends with the ids 1, 2, ... and the proxy, and waits until it calls all of them well.</summary>
    public static async Task<ProxyRig> StartAsync(int backends, string strategy = "round-robin")
    {
        var rig = new ProxyRig(strategy);
        try
        {
            for (var id = 1; id <= backends; id++)
                rig.StartBackend(id);
            rig.WriteConfig(Enumerable.Range(1, backends).Select(static id => (id, 1)));
            rig.StartProxy();
            await rig.WaitForHealthAsync(
                health => health.Healthy == backends, $"{backends} healthy backends in /_lb/health");
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>Value of the header <c>Cookie</c> that asks for a backend.</summary>
    public static string CookieOf(int id) => $"{Cookie}={id}";

    /// <summary>Puts another file in the place of the one that the proxy reads, in one step.</summary>
    public void WriteConfig(IEnumerable<(int Id, int Weight)> backends)
    {
        var text = JsonSerializer.Serialize(new
        {
            port = Port,
            strategy = _strategy,
            backends = backends.Select(backend => new
            {
                id = backend.Id,
                url = $"http://127.0.0.1:{_ports[backend.Id]}",
                weight = backend.Weight,
            }),
            health = new { interval = 500, path = "/health", timeout = 2_000 },
        });
        File.WriteAllText(_config + ".new", text);
        File.Move(_config + ".new", _config, overwrite: true);
    }

    /// <summary>Starts a backend without waiting; one that was started before gets its port again.</summary>
    public void StartBackend(int id)
    {
        if (!_ports.TryGetValue(id, out var port))
            _ports[id] = port = FreePort.Next();
        _backends[id] = new ChildProcess(
            BackendAssembly, _folder.Path,
            ["backend", port.ToString(CultureInfo.InvariantCulture), id.ToString(CultureInfo.InvariantCulture)], []);
    }

    /// <summary>Kills a backend with -9 and waits for its end.</summary>
    public async Task KillBackendAsync(int id)
    {
        _backends[id].Signal("KILL");
        await _backends[id].WaitForExitAsync();
        await _backends[id].DisposeAsync();
    }

    /// <summary>What the proxy says of its backends.</summary>
    public async Task<PoolHealth> HealthAsync()
    {
        using var answer = await _http.GetAsync($"http://127.0.0.1:{Port}/_lb/health");
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? PoolHealth.Parse(text)
            : throw new TrialException($"/_lb/health answered {(int)answer.StatusCode}: {text}");
    }

    /// <summary>Requests and upgraded connections that a backend itself has under way, beside short ones.</summary>
    public async Task<int> ActiveAtAsync(int id)
    {
        using var connection = await RawConnection.OpenAsync(_ports[id]);
        return int.Parse((await connection.GetAsync("/active")).Body, CultureInfo.InvariantCulture);
    }

    /// <summary>Waits until the proxy says so.</summary>
    /// <returns>How long it took.</returns>
    public Task<TimeSpan> WaitForHealthAsync(Func<PoolHealth, bool> condition, string what, TimeSpan? limit = null)
        => Poll.UntilAsync(
            async () =>
            {
                if (Proxy.HasExited)
                    throw new TrialException($"the proxy ended: {Proxy.Output} {await Proxy.ReadErrorsAsync()}");
                return condition(await HealthAsync());
            },
            limit ?? Patience, what);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in _backends.Values.Append(Proxy))
        {
            try
            {
                if (process is not null)
                    await process.DisposeAsync();
            }
            catch (InvalidOperationException)
            {
                // Killed and given up before.
            }
        }

        _http.Dispose();
        _folder.Dispose();
    }

    private void StartProxy() => Proxy = new ChildProcess(
        ProxyAssembly, _folder.Path, [],
        [
            ("PROXY_CONFIG", _config), ("PORT", $"{FreePort.Next()}"), ("BIND_ADDRESS", "127.0.0.1"),
            ("LB_AUTH_KEY", BalancerClient.Key), ("STORE", "sqlite"), ("DATA_DIR", _folder.Combine("data")),
            ("LOG_LEVEL", "warn"),
        ]);
}
