using System.Net;
using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing.Workers;
using Shouldly;

namespace ActorBalancer.Api.Tests.Configuration.Proxy;

/// <summary>A folder with configuration files of a proxy.</summary>
internal sealed class ProxyConfigProbe : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public EdgeAddress Edge { get; set; } = new(4000, [IPAddress.Loopback]);

    public string Directory => _folder.Path;

    public void Dispose() => _folder.Dispose();

    public string Combine(string name) => _folder.Combine(name);

    public ProxyConfigProbe Write(string name, string text)
    {
        File.WriteAllText(_folder.Combine(name), text);
        return this;
    }

    /// <summary>Writes app.conf with pools.</summary>
    public ProxyConfigProbe Pools(string text) => Write("app.conf", $"actorbalancer.proxy.pools {{ {text} }}");

    /// <summary>Writes app.conf with one pool that has all it needs, and more.</summary>
    public ProxyConfigProbe Pool(string more) =>
        Pools($"p {{ listen.port = 80, backends.a.url = \"http://a\"\n{more} }}");

    public ProxySource Source(string? config = null, string? hocon = "app.conf") =>
        new(config, hocon, static _ => null, Edge, Directory);

    public ProxyReading Read(string? config = null, string? hocon = "app.conf")
    {
        var reading = Source(config, hocon).Read();

        (reading.Options is null).ShouldBe(reading.Errors.Count > 0);
        foreach (var line in reading.Errors.Concat(reading.Warnings)) line.ShouldNotContain("\n");
        return reading;
    }

    /// <summary>What is read, which must be right and beyond doubt.</summary>
    public ProxyOptions Good(string? config = null, string? hocon = "app.conf")
    {
        var reading = Read(config, hocon);
        reading.Errors.ShouldBeEmpty();
        reading.Warnings.ShouldBeEmpty();
        return reading.Options!;
    }
}
