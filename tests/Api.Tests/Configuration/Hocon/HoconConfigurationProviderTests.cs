using ActorBalancer.Api.Configuration.Hocon;
using Microsoft.Extensions.Configuration;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration.Hocon;

public sealed class HoconConfigurationProviderTests
{
    [Fact]
    public void Load_Tree_BecomesColonKeys()
    {
        IConfiguration configuration = Build("a { b = 1, list = [x, { y = 2 }] }, c = null, empty {}");

        configuration["a:b"].ShouldBe("1");
        configuration["A:B"].ShouldBe("1");
        configuration["a:list:0"].ShouldBe("x");
        configuration["a:list:1:y"].ShouldBe("2");
        configuration["c"].ShouldBeNull();
        configuration.GetSection("empty").GetChildren().ShouldBeEmpty();
    }

    [Fact]
    public void Load_TwoTrees_LaterOneWins()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .Add(new HoconConfigurationProvider(Resolve("a { x = 1, y = 1 }")))
            .Add(new HoconConfigurationProvider(Resolve("a.y = 2")))
            .Build();

        configuration["a:x"].ShouldBe("1");
        configuration["a:y"].ShouldBe("2");
    }

    private static IConfigurationRoot Build(string text) =>
        new ConfigurationBuilder().Add(new HoconConfigurationProvider(Resolve(text))).Build();

    private static HoconObject Resolve(string text) =>
        HoconResolver.Resolve(new HoconFiles(Path.GetTempPath()).Parse("test.conf", text), static _ => null);
}
