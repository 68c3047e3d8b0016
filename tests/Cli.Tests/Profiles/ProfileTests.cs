using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Profiles;

public sealed class ProfileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.Combine("in/profiles.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Set_First_IsInUseAndForItsOwnerAlone()
    {
        await using var stub = new StubBalancer().On("GET /status", Bodies.Status);

        var set = await Run().RunAsync("profile", "set", "prod", "--url", stub.Url, "--key", "profile-key");
        var status = await Run().RunAsync("status");
        var list = await Run().RunAsync("profile", "list");

        set.Code.ShouldBe(0, set.Error);
        File.GetUnixFileMode(Path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        status.Code.ShouldBe(0, status.Error);
        status.Error.ShouldBeEmpty();
        stub.Requests[0].Headers["Authorization"].ShouldBe("Bearer profile-key");
        list.Lines[1].ShouldBe($"prod *   {stub.Url}  set  -");
        (set.Out + list.Out).ShouldNotContain("profile-key");
    }

    [Fact]
    public async Task Set_KeyFromTheInput_IsKept()
    {
        await new CliRun { Input = "typed\n" }.With("ABM_CONFIG", Path).RunAsync("profile", "set", "a", "--key", "-");

        (await File.ReadAllTextAsync(Path)).ShouldContain("\"typed\"");
    }

    [Fact]
    public async Task Use_AndRemove_ChangeWhatIsInUse()
    {
        await Run().RunAsync("profile", "set", "a", "--url", "http://127.0.0.1:1");
        await Run().RunAsync("profile", "set", "b", "--url", "http://127.0.0.1:2");

        (await Run().RunAsync("status")).Error.ShouldContain("http://127.0.0.1:1:");
        (await Run().RunAsync("profile", "use", "b")).Code.ShouldBe(0);
        (await Run().RunAsync("status")).Error.ShouldContain("http://127.0.0.1:2:");
        (await Run().RunAsync("status", "--profile", "a")).Error.ShouldContain("http://127.0.0.1:1:");
        (await Run().With("ABM_PROFILE", "a").RunAsync("status")).Error.ShouldContain("http://127.0.0.1:1:");
        (await Run().RunAsync("profile", "remove", "b")).Code.ShouldBe(0);
        (await Run().RunAsync("status")).Error.ShouldContain("http://127.0.0.1:4000:");
        (await Run().RunAsync("profile", "list", "--json")).Json.GetProperty("profiles").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Key_OfAProfile_GoesToNoOtherAddress()
    {
        await using var other = new StubBalancer().On("GET /status", Bodies.Status);
        await Run().RunAsync("profile", "set", "prod", "--url", "http://127.0.0.1:1", "--key", "profile-key");

        await Run().RunAsync("status", "--url", other.Url);
        await Run().RunAsync("status", "--url", other.Url, "--profile", "prod");
        await Run().With("ABM_URL", other.Url).RunAsync("status");

        other.Requests.Count.ShouldBe(3);
        other.Requests.ShouldAllBe(static request => !request.Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task OpenToOthers_WarnsAndWorks()
    {
        await using var stub = new StubBalancer().On("GET /status", Bodies.Status);
        await Run().RunAsync("profile", "set", "prod", "--url", stub.Url);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        var result = await Run().RunAsync("status");

        result.Code.ShouldBe(0);
        result.Error.ShouldBe($"abm: warning: others can read {Path}; run chmod 600 {Path}\n");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"profiles":{"a":null}}""")]
    [InlineData("""{"profiles":{"a":{"kye":"secret-thing"}}}""")]
    public async Task File_NotAsItShouldBe_IsWrongUsageAndKeysAreNotShown(string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        await File.WriteAllTextAsync(Path, text);

        var result = await Run().RunAsync("status");

        result.Code.ShouldBe(2);
        result.Error.ShouldContain(Path);
        result.Error.ShouldNotContain("secret-thing");
    }

    [Theory]
    [InlineData("profile", "use", "nobody")]
    [InlineData("profile", "remove", "nobody")]
    [InlineData("status", "--profile", "nobody")]
    [InlineData("profile", "set", "../x")]
    [InlineData("profile", "set", "x", "--url", "nowhere")]
    public async Task Name_UnknownOrWrong_IsWrongUsage(params string[] arguments)
    {
        (await Run().RunAsync(arguments)).Code.ShouldBe(2);

        File.Exists(Path).ShouldBeFalse();
    }

    private CliRun Run() => new CliRun().With("ABM_CONFIG", Path);
}
