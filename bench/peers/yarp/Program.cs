using System.Net;
using Yarp.ReverseProxy.Forwarder;

namespace ActorBalancer.YarpPeer;

/// <summary>Forwards everything on PORT to WORKER_URL, and does nothing else.</summary>
internal static class Program
{
    private static async Task Main()
    {
        var port = int.Parse(Environment.GetEnvironmentVariable("PORT")!);
        var worker = Environment.GetEnvironmentVariable("WORKER_URL")!;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddHttpForwarder();
        await using var application = builder.Build();
        var forwarder = application.Services.GetRequiredService<IHttpForwarder>();

        // As YARP's own documentation sets up direct forwarding, with tracing off.
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(15),
        });
        application.Run(async context =>
        {
            // A failure is an answer of 502 already, which the run counts.
            _ = await forwarder.SendAsync(context, worker, client, ForwarderRequestConfig.Empty,
                HttpTransformer.Default);
        });
        await application.RunAsync();
    }
}
