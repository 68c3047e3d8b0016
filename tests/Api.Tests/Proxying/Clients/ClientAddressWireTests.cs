using System.Net;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying.Clients;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Clients;

/// <summary>The client's address over a connection that is used again.</summary>
public sealed class ClientAddressWireTests
{
    [Fact]
    public async Task Of_RequestsOfSeveralClientsOnOneConnection_ToldApart()
    {
        var listener = new ListenerOptions
        {
            Port = 0,
            TrustedProxies = new NetworkList([IPNetwork.Parse("127.0.0.0/8")]),
        };
        await using var server = await StartAsync(listener);
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1 });

        foreach (var said in new[] { "203.0.113.1", "203.0.113.2", "nobody", "203.0.113.3" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, server.Urls.Single());
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", said);
            using var response = await client.SendAsync(request);

            (await response.Content.ReadAsStringAsync()).ShouldBe(said == "nobody" ? "127.0.0.1" : said);
        }
    }

    private static async Task<WebApplication> StartAsync(ListenerOptions listener)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime>(new OwnedLifetime());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        server.Run(context => context.Response.WriteAsync(ClientAddress.TextOf(ClientAddress.Of(context, listener)!)));
        await server.StartAsync();
        return server;
    }
}
