using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Testing.Workers;
using Shouldly;

namespace ActorBalancer.Api.Tests.Configuration;

/// <summary>A working directory, an environment and a command line of a test's own.</summary>
internal sealed class SettingsProbe : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Dictionary<string, string> Environment { get; } = [];

    public List<string> Arguments { get; } = [];

    public string Directory => _folder.Path;

    public void Dispose() => _folder.Dispose();

    public SettingsProbe Write(string name, string text)
    {
        var path = _folder.Combine(name);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    public SettingsProbe DotEnv(string text) => Write(".env", text);

    /// <summary>Writes hocon/standalone.conf, whose text stands on line 1 behind the root.</summary>
    public SettingsProbe Hocon(string text) => Write("hocon/standalone.conf", $"actorbalancer {{ {text} }}");

    public SettingsProbe Variable(string name, string value)
    {
        Environment[name] = value;
        return this;
    }

    public SettingsProbe Argument(params string[] arguments)
    {
        Arguments.AddRange(arguments);
        return this;
    }

    public SettingsResult Load()
    {
        var result = SettingsLoader.Load([.. Arguments], Environment, Directory);

        (result.Settings is null).ShouldBe(result.Errors.Count > 0);
        foreach (var line in result.Errors.Concat(result.Warnings)) line.ShouldNotContain("\n");
        return result;
    }

    /// <summary>The settings, which must be right.</summary>
    public BalancerSettings Settings()
    {
        var result = Load();
        result.Errors.ShouldBeEmpty();
        return result.Settings.ShouldNotBeNull();
    }
}

internal static class SettingsAssertions
{
    /// <summary>Compares member by member, so that a difference is named.</summary>
    public static void ShouldMatch(this BalancerSettings? actual, BalancerSettings expected)
    {
        actual.ShouldNotBeNull();
        foreach (var member in typeof(BalancerSettings).GetProperties())
        {
            var (found, wanted) = (member.GetValue(actual), member.GetValue(expected));
            if (wanted is IReadOnlyList<System.Net.IPAddress> addresses)
                ((IReadOnlyList<System.Net.IPAddress>)found!).ShouldBe(addresses, member.Name);
            else if (wanted is IReadOnlyList<string> texts)
                ((IReadOnlyList<string>)found!).ShouldBe(texts, member.Name);
            else if (wanted is RedisOptions redis)
            {
                ((RedisOptions)found!).Servers.ShouldBe(redis.Servers, member.Name);
                ((RedisOptions)found with { Servers = redis.Servers }).ShouldBe(redis, member.Name);
            }
            else if (wanted is ProxySource source)
                ((ProxySource)found!).ConfigFile.ShouldBe(source.ConfigFile, member.Name);
            else
                found.ShouldBe(wanted, member.Name);
        }
    }
}
