using System.Net;
using System.Net.Sockets;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Http;

/// <summary>What goes wrong between abm and a balancer is one clear line.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public async Task NobodyListens_OneLineThatSaysWhatToSet()
    {
        var url = $"http://127.0.0.1:{FreePort.Next()}";

        var result = await new CliRun().RunAsync("status", "--url", url);

        result.Code.ShouldBe(1);
        result.Out.ShouldBeEmpty();
        result.Error.ShouldBe($"abm: cannot reach {url}: connection refused; set --url or ABM_URL\n");
    }

    [Fact]
    public async Task NoSuchHost_OneLine()
    {
        var result = await new CliRun().RunAsync("status", "--url", "http://nowhere.invalid:4000", "--timeout", "20s");

        result.Code.ShouldBe(1);
        result.Error.ShouldStartWith("abm: cannot reach http://nowhere.invalid:4000: ");
        result.Error.TrimEnd('\n').ShouldNotContain("\n");
    }

    [Fact]
    public async Task NoAnswerInTime_OneLine()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";

        var result = await new CliRun().RunAsync("queues", "--url", url, "--timeout", "200ms");

        result.Code.ShouldBe(1);
        result.Error.ShouldBe($"abm: {url} did not answer within 200ms; set --timeout to wait longer\n");
    }

    [Fact]
    public async Task Key_Missing_SaysHowToGiveIt()
    {
        await using var stub = new StubBalancer().Refuse("GET /status", 401, "unauthorized", "No key.");

        var result = await new CliRun(stub).With("ABM_KEY", null).RunAsync("status");

        result.Code.ShouldBe(1);
        result.Error.ShouldBe($"abm: {stub.Url} wants a key; set --key or ABM_KEY\n");
        stub.Requests[0].Headers.ContainsKey("Authorization").ShouldBeFalse();
    }

    [Fact]
    public async Task Key_Wrong_SaysSoWithoutShowingIt()
    {
        await using var stub = new StubBalancer().Refuse("GET /status", 401, "unauthorized", "Wrong key.");

        var result = await new CliRun(stub).RunAsync("status", "--key", "very-secret");

        result.Error.ShouldBe($"abm: {stub.Url} refuses the key; see --key and ABM_KEY\n");
        stub.Requests[0].Headers["Authorization"].ShouldBe("Bearer very-secret");
    }

    [Fact]
    public async Task Key_TooManyWrongOnes_TheBalancersWords()
    {
        await using var stub = new StubBalancer()
            .Refuse("GET /status", 429, "too_many_wrong_keys", "Too many wrong keys.");

        (await new CliRun(stub).RunAsync("status")).Error.ShouldBe("abm: Too many wrong keys\n");
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("line\nend")]
    [InlineData("")]
    public async Task Key_NotForAHeader_IsWrongUsage(string key)
    {
        await using var stub = new StubBalancer();

        var result = await new CliRun(stub).RunAsync("status", "--key", key);

        result.Code.ShouldBe(2);
        stub.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Key_Dash_IsReadFromTheInput()
    {
        await using var stub = new StubBalancer().On("GET /status", Bodies.Status);

        await new CliRun(stub) { Input = "typed-key\n" }.RunAsync("status", "--key", "-");

        stub.Requests[0].Headers["Authorization"].ShouldBe("Bearer typed-key");
    }

    [Fact]
    public async Task Key_OfTheBalancersOwnVariable_IsTheLastResort()
    {
        await using var stub = new StubBalancer().On("GET /status", Bodies.Status);

        await new CliRun(stub).With("ABM_KEY", null).With("LB_AUTH_KEY", "lb").RunAsync("status");

        stub.Requests[0].Headers["Authorization"].ShouldBe("Bearer lb");
    }

    [Fact]
    public async Task Route_NotKnown_SaysThatTheBalancerIsTooOld()
    {
        await using var stub = new StubBalancer();

        var result = await new CliRun(stub).RunAsync("actors", "tree");

        result.Code.ShouldBe(1);
        result.Error.ShouldBe(
            $"abm: the balancer at {stub.Url} does not know /actors: it is too old, or it has this switched off\n");
    }

    [Theory]
    [InlineData(200, "text/html", "<html>hello</html>", "text/html")]
    [InlineData(200, "application/json", "{\"open\":", "application/json")]
    [InlineData(302, "text/html", "", "status 302")]
    [InlineData(404, "text/html", "<h1>404</h1>", "status 404")]
    [InlineData(502, "text/plain", "bad gateway", "status 502")]
    public async Task Answer_OfSomethingElse_AsksWhetherItIsABalancer(
        int status, string type, string body, string found)
    {
        await using var stub = new StubBalancer().On("GET /status", body, status, type);

        var result = await new CliRun(stub).RunAsync("status");

        result.Code.ShouldBe(1);
        result.Error.ShouldBe($"abm: {stub.Url} answers with {found} that no balancer sends: is it a balancer?\n");
    }

    [Fact]
    public async Task Answer_OfTheRightFormWithStrangeMembers_IsShownAsFarAsItGoes()
    {
        await using var stub = new StubBalancer().On("GET /queues", """{"queues":[{"group":7,"counts":[],"rates":"x"},1]}""")
            .On("GET /workers", "[]").On("GET /status", "{}").On("GET /actors", "null");

        foreach (var command in (string[])["queues", "workers", "status", "actors"])
        {
            var result = await new CliRun(stub).RunAsync(command);
            result.Code.ShouldBe(0, result.Error);
        }
    }

    [Fact]
    public async Task Error_WithEscapes_IsOneLineOfText()
    {
        await using var stub = new StubBalancer()
            .Refuse("GET /status", 400, "x", "first\nsecond \u001b[31mred\u001b[0m \u0007");

        (await new CliRun(stub).RunAsync("status")).Error.ShouldBe("abm: first second red \ufffd\n");
    }

    [Theory]
    [InlineData("ftp://x")]
    [InlineData("127.0.0.1:4000")]
    [InlineData("http://user:pass@host:1")]
    public async Task Url_NotOne_IsWrongUsage(string url)
    {
        var result = await new CliRun().RunAsync("status", "--url", url);

        result.Code.ShouldBe(2);
        result.Error.ShouldContain("is no address");
    }

    [Fact]
    public async Task Url_WithAPath_StandsBeforeEveryRoute()
    {
        await using var stub = new StubBalancer().On("GET /lb/status", Bodies.Status);

        (await new CliRun(stub).RunAsync("status", "--url", stub.Url + "/lb/")).Code.ShouldBe(0);
    }

    [Fact]
    public async Task Ca_NoSuchFile_IsWrongUsage()
    {
        var result = await new CliRun().RunAsync("status", "--url", "https://127.0.0.1:1", "--ca", "/nonexistent.pem");

        result.Code.ShouldBe(2);
        result.Error.ShouldContain("cannot read the certificates of /nonexistent.pem");
    }

    [Fact]
    public async Task Interrupted_WhileItWaits_130()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var cancel = new CancellationTokenSource();
        var run = new CliRun { Cancel = cancel.Token }.RunAsync(
            "status", "--url", $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");
        using var client = await silent.AcceptTcpClientAsync();

        await cancel.CancelAsync();

        (await run).Code.ShouldBe(130);
    }
}
