using System.Net;

namespace ActorBalancer.ProxyTwoSites;

/// <summary>A site that says its name, and that can be told to be ill.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly WebApplication _server;
    private volatile bool _isIll;

    private Site(string name)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.MapGet("/", context => context.Response.WriteAsync($"{name}\n"));
        _server.MapPost("/fail", context =>
        {
            _isIll = true;
            return context.Response.WriteAsync($"{name} is ill now\n");
        });
    }

    /// <summary>Where it listens.</summary>
    public Uri Url => new(_server.Urls.First());

    /// <summary>False once it was told to be ill.</summary>
    public bool IsWell => !_isIll;

    /// <summary>Starts one on a free port of loopback.</summary>
    public static async Task<Site> StartAsync(string name)
    {
        var site = new Site(name);
        await site._server.StartAsync();
        return site;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
