// Two small sites and the sticky proxy before them, in one program: what an application does that brings its own proxy.
//
//     dotnet run --project samples/ProxyTwoSites            # prints where it listens; PORT: another than 8080
//     curl -i http://127.0.0.1:8080/                        # Site A or B, by turns, and a cookie
//     curl -b X-Backend-ID=b http://127.0.0.1:8080/         # always Site B
//     curl http://127.0.0.1:8080/_lb/health                 # how both are
//     curl -X POST http://127.0.0.1:8080/fail               # that site calls itself ill: its sessions go to the other
//     curl -X POST -H 'Authorization: Bearer two-sites' http://127.0.0.1:8080/_lb/backends/a/drain
//
// The health of a site is asked by a function of this program and not by HTTP: see IsWellAsync.
using System.Net;
using System.Runtime.InteropServices;
using ActorBalancer.Api;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.ProxyTwoSites;

const string Key = "two-sites";
var port = int.Parse(Environment.GetEnvironmentVariable("PORT") ?? "8080");

await using var first = await Site.StartAsync("Site A");
await using var second = await Site.StartAsync("Site B");
var sites = new Dictionary<string, Site> { ["a"] = first, ["b"] = second };

ValueTask<bool> IsWellAsync(BackendOptions backend, CancellationToken cancellationToken) =>
    new(sites[backend.Id].IsWell);

BackendOptions Backend(string id) => new()
{
    Id = id,
    Url = sites[id].Url,
    Health = new HealthOptions { Interval = TimeSpan.FromSeconds(1), Fall = 1, Rise = 1, Check = IsWellAsync },
};

await using var proxy = await ReverseProxy.StartAsync(
    new ProxyOptions
    {
        Pools =
        [
            new PoolOptions
            {
                Name = "sites",
                Listener = new ListenerOptions { Port = port, Address = IPAddress.Loopback },
                Backends = [Backend("a"), Backend("b")],
            },
        ],
    },
    Key);
Console.WriteLine($"ProxyTwoSites listens on {proxy.Urls[0]}, before {first.Url} and {second.Url}");

var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
await stop.Task;
await proxy.StopAsync();

void Stop(PosixSignalContext signal)
{
    // The process ends by itself once the requests have ended.
    signal.Cancel = true;
    stop.TrySetResult();
}
