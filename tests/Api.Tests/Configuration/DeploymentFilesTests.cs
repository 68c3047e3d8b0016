using System.Text.RegularExpressions;
using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Tests.Architecture;
using ActorBalancer.HelloWorker;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

/// <summary>The files that others start the balancer with say nothing that it does not understand.</summary>
public sealed partial class DeploymentFilesTests : IDisposable
{
    private const string Balancer = "actorbalancer";
    private const string Worker = "actorbalancer-hello-worker";
    private readonly ComposeFile _compose = new();
    private readonly SettingsProbe _probe = new();

    public void Dispose() => _probe.Dispose();

    [Fact]
    public void Compose_Services_AreTheWholeCluster() => _compose.Services.ShouldBe(
        ["proxy", "api-1", "api-2", "engine-1", "engine-2", "hello-1", "hello-2", "redis"]);

    [Theory]
    [InlineData("proxy")]
    [InlineData("api-1")]
    [InlineData("api-2")]
    [InlineData("engine-1")]
    [InlineData("engine-2")]
    public void Compose_Node_StartsWithItsEnvironment(string service)
    {
        _compose.Text(service, "image").ShouldBe(Balancer);
        Copy("ops/docker/workers.json", "workers.json");
        Copy("ops/docker/proxy.conf", "proxy.conf");
        foreach (var (name, value) in _compose.EnvironmentOf(service))
        {
            (SettingsTable.Find(name)?.Name ?? name).ShouldBeOneOf([name, "HOCON_FILE"]);
            if (name != "HOCON_FILE")
                SettingsTable.Find(name).ShouldNotBeNull(name);
            _probe.Variable(name, Filled(value));
        }

        var result = _probe.Load();

        result.Errors.ShouldBeEmpty();
        result.Warnings.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("hello-1")]
    [InlineData("hello-2")]
    public void Compose_Worker_StartsWithItsEnvironment(string service)
    {
        _compose.Text(service, "image").ShouldBe(Worker);
        var environment = _compose.EnvironmentOf(service);
        var asked = new HashSet<string>();

        var errors = HelloWorkerSettings.Read(
            name =>
            {
                asked.Add(name);
                return environment.TryGetValue(name, out var value) ? Filled(value) : null;
            },
            out _);

        errors.ShouldBeEmpty();
        environment.Keys.ShouldBeSubsetOf(asked);
    }

    [Fact]
    public void Compose_Secrets_ComeFromOutside()
    {
        foreach (var service in _compose.Services)
        {
            _compose.EnvironmentOf(service)
                .Where(one => one.Key.Contains("KEY") || one.Key.Contains("PASSWORD") || one.Key.Contains("AUTH"))
                .ShouldAllBe(one => one.Value.StartsWith("${") && one.Value.Contains(":?"));
        }
    }

    [Fact]
    public void Compose_NodesOfTheCluster_HaveARoleAndANameOfTheirOwn()
    {
        string[] nodes = ["api-1", "api-2", "engine-1", "engine-2"];

        nodes.Select(node => _compose.EnvironmentOf(node)["NODE_ID"]).ShouldBe(nodes);
        nodes.Select(node => _compose.EnvironmentOf(node)["MODE"]).ShouldBe(["worker", "worker", "master", "master"]);
    }

    [Fact]
    public void Dockerfile_Environment_IsOfSettings()
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "Dockerfile"));
        var balancer = lines.SkipWhile(line => !line.EndsWith("AS balancer", StringComparison.Ordinal)).ToArray();

        balancer.ShouldContain(line => line.StartsWith("USER "));
        balancer.ShouldContain(line => line.StartsWith("HEALTHCHECK "));
        var names = balancer.Where(line => line.StartsWith("ENV ", StringComparison.Ordinal))
            .SelectMany(line => Names().Matches(line)).Select(match => match.Value).ToList();
        names.ShouldBe(["DATA_DIR", "PORT"]);
        names.ShouldAllBe(name => SettingsTable.Find(name) != null);
    }

    [Fact]
    public void Dockerfile_Copies_EveryProjectThatTheBalancerIsMadeOf()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "Dockerfile"));
        var projects = Repository.Files("src", ".csproj").Append(
            Path.Combine(Repository.Root, "samples/HelloWorker/HelloWorker.csproj"));

        foreach (var project in projects.Select(Repository.Relative))
            text.ShouldContain($"COPY {project} {Path.GetDirectoryName(project)}/");
    }

    [Fact]
    public void SystemdUnit_Environment_IsOfSettings()
    {
        var names = File.ReadLines(Path.Combine(Repository.Root, "ops/systemd/actorbalancer.service"))
            .Where(line => line.StartsWith("Environment=", StringComparison.Ordinal))
            .SelectMany(line => Names().Matches(line["Environment=".Length..]))
            .Select(match => match.Value)
            .Where(name => !name.StartsWith("DOTNET_", StringComparison.Ordinal));

        names.ShouldAllBe(name => SettingsTable.Find(name) != null);
    }

    private static string Filled(string value) => Variable().Replace(value, "a-value-of-sixteen");

    private void Copy(string from, string name) =>
        _probe.Write(name, File.ReadAllText(Path.Combine(Repository.Root, from)));

    [GeneratedRegex(@"\$\{[A-Z_]+:\?[^}]*\}", RegexOptions.None, 1000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\b[A-Za-z_]+(?==)", RegexOptions.None, 1000)]
    private static partial Regex Names();
}
