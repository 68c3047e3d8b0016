using System.Collections.Concurrent;
using System.Net;
using ActorBalancer.Api.Tests.Proxying.Listening;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Forwarding;

/// <summary>Backends over TLS and HTTP/2.</summary>
public sealed class UpstreamTests
{
    private const string Post = "POST /a%2fb HTTP/1.1\r\nHost: example.org\r\nContent-Length: 4\r\n\r\nbody";

    [Theory]
    [InlineData(false, false, "HTTP/1.1 http example.org ")]
    [InlineData(true, false, "HTTP/2 http example.org ")]
    [InlineData(false, true, "HTTP/1.1 https example.org localhost")]
    [InlineData(true, true, "HTTP/2 https example.org localhost")]
    public async Task Request_ByEachProtocol_Passes(bool isHttp2, bool isTls, string expected)
    {
        await using var backend = await Backend.StartAsync(isHttp2, isTls);
        await using var proxy = await ProxyHarness.StartAsync(backend.Change(verify: false), backend.Url);

        for (var i = 0; i < 2; i++)
        {
            var answer = await proxy.AskAsync(Post);

            answer.Status.ShouldBe(200);
            answer.Text.ShouldBe("/a%2fb body");
        }

        backend.Seen.ShouldAllBe(seen => seen == expected);
        await proxy.DrainedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Certificate_ThatIsNotValid_Is502(bool isHttp2)
    {
        await using var backend = await Backend.StartAsync(isHttp2, isTls: true);
        await using var proxy = await ProxyHarness.StartAsync(backend.Change(verify: true), backend.Url);

        (await proxy.AskAsync(Post)).Status.ShouldBe(502);

        backend.Seen.ShouldBeEmpty();
        await proxy.DrainedAsync();
    }

    [Theory]
    [InlineData("GET", false, false)]
    [InlineData("GET", false, true)]
    [InlineData("DELETE", false, true)]
    [InlineData("GET", true, false)]
    [InlineData("DELETE", true, true)]
    public async Task NoAnswer_ByEachProtocol_IsSentOnce(string method, bool isHttp2, bool isTls)
    {
        await using var backend = await Backend.StartAsync(isHttp2, isTls);
        await using var proxy = await ProxyHarness.StartAsync(backend.Change(verify: false), backend.Url);

        (await proxy.AskAsync($"{method} /abort HTTP/1.1\r\nHost: a\r\n\r\n")).Status.ShouldBe(502);

        backend.Seen.Count.ShouldBe(1);
        await proxy.DrainedAsync();
    }

    private sealed class Backend(WebApplication app, bool isHttp2, bool isTls) : IAsyncDisposable
    {
        public ConcurrentQueue<string> Seen { get; } = new();

        public Uri Url
        {
            get
            {
                var port = new Uri(app.Urls.Single()).Port;
                return new Uri($"{(isTls ? "https" : "http")}://localhost:{port}");
            }
        }

        public static async Task<Backend> StartAsync(bool isHttp2, bool isTls)
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
            var names = new ConcurrentDictionary<string, string>();
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = isHttp2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
                if (!isTls)
                    return;
                listen.UseHttps(https => https.ServerCertificateSelector = (connection, name) =>
                {
                    names[connection!.ConnectionId] = name ?? "";
                    return Certificate;
                });
            }));
            var app = builder.Build();
            var backend = new Backend(app, isHttp2, isTls);
            app.Run(async context =>
            {
                var request = context.Request;
                backend.Seen.Enqueue(string.Join(
                    ' ', request.Protocol, request.Scheme, request.Host,
                    names.GetValueOrDefault(context.Connection.Id)));
                if (request.Path == "/abort")
                {
                    context.Abort();
                    return;
                }

                using var reader = new StreamReader(request.Body);
                var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
                await context.Response.WriteAsync($"{target} {await reader.ReadToEndAsync()}");
            });
            await app.StartAsync();
            return backend;
        }

        public Func<PoolOptions, PoolOptions> Change(bool verify) => pool => pool with
        {
            Backends = [pool.Backends[0] with { Http2 = isHttp2, VerifyTls = verify }],
        };

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private static System.Security.Cryptography.X509Certificates.X509Certificate2 Certificate { get; } =
            TestCertificates.Make("localhost");
    }
}
