using System.Text;
using System.Text.Json;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying.Control;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Control;

public sealed class StatusJsonTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    [Fact]
    public void WriteHealth_Pool_HasExactlyTheMembersOfSmartStickInTheirOrder()
    {
        var well = Status("1", "http://127.0.0.1:3001/") with { IsHealthy = true, Requests = 5, Active = 2, LastChecked = Now };
        var custom = Status("b-2", "http://user:secret@10.0.0.2:80/base/", new HealthOptions
        {
            Path = "/ready",
            Method = "HEAD",
            Algorithm = HealthAlgorithm.Http,
            Timeout = TimeSpan.FromMilliseconds(1500),
            Headers = new Dictionary<string, string> { ["X-Secret"] = "never shown" },
            Check = static (_, _) => new(true),
        });
        var gone = Status("3", "http://127.0.0.1:3003") with { IsRemoved = true, IsHealthy = true };

        var text = Write(json => StatusJson.WriteHealth(json, Pool(well, custom, gone)));

        text.ShouldBe(
            """
            {"timestamp":"2030-01-02T03:04:05.678Z","strategy":"round-robin","total":2,"healthy":1,"unhealthy":1,
            "backends":[{"id":1,"url":"http://127.0.0.1:3001","healthy":true,"weight":1,"requests":5,
            "activeConnections":2,"lastChecked":"2030-01-02T03:04:05.678Z","healthCheck":{"path":"/",
            "method":"GET","algorithm":"http-status","timeout":2000,"hasCustomHeaders":false,
            "hasCustomFunction":false}},{"id":"b-2","url":"http://10.0.0.2/base","healthy":false,"weight":1,
            "requests":0,"activeConnections":0,"lastChecked":null,"healthCheck":{"path":"/ready",
            "method":"HEAD","algorithm":"http","timeout":1500,"hasCustomHeaders":true,
            "hasCustomFunction":true}}]}
            """.ReplaceLineEndings(""));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(0, true)]
    [InlineData(-1, true)]
    public void WriteHealth_Ejected_IsNotHealthyUntilItsTimeIsOver(int seconds, bool healthy)
    {
        var backend = Status("1", "http://127.0.0.1:1") with
        {
            IsHealthy = true,
            EjectedUntil = Now + TimeSpan.FromSeconds(seconds),
        };

        var text = Write(json => StatusJson.WriteHealth(json, Pool(backend)));

        using var document = JsonDocument.Parse(text);
        document.RootElement.GetProperty("healthy").GetInt32().ShouldBe(healthy ? 1 : 0);
        document.RootElement.GetProperty("backends")[0].GetProperty("healthy").GetBoolean().ShouldBe(healthy);
    }

    [Fact]
    public void WriteFull_Backend_ShowsAllButHeaderValues()
    {
        var backend = Status("1", "http://127.0.0.1:1", new HealthOptions
        {
            Headers = new Dictionary<string, string> { ["X-Secret"] = "never shown" },
        }) with
        {
            State = BackendState.Drain,
            IsDrained = true,
            IsRemoved = true,
            Sessions = 4,
            Ramp = 0.25,
            Streak = -3,
            LastError = "timed out after 2000 ms",
            EjectedUntil = Now,
        };

        var text = Write(json => StatusJson.WriteFull(json, Pool(backend) with { Waiting = 7 }));

        text.ShouldStartWith("""{"timestamp":"2030-01-02T03:04:05.678Z","pool":"web","strategy":"round-robin","waiting":7,""");
        text.ShouldEndWith(
            """
            "state":"drain","drained":true,"removed":true,"sessions":4,"ramp":0.25,
            "ejectedUntil":"2030-01-02T03:04:05.678Z","streak":-3,"lastError":"timed out after 2000 ms",
            "fall":3,"rise":2,"interval":10000,"owner":null}]}
            """.ReplaceLineEndings(""));
        text.ShouldNotContain("never shown");
        text.ShouldNotContain("X-Secret");
    }

    [Theory]
    [InlineData("7", "7")]
    [InlineData("-7", "-7")]
    [InlineData("007", "\"007\"")]
    [InlineData("+7", "\"+7\"")]
    [InlineData("7a", "\"7a\"")]
    [InlineData("99999999999999999999", "\"99999999999999999999\"")]
    public void WriteId_Integer_IsANumber(string id, string written) =>
        Write(json =>
        {
            json.WriteStartObject();
            StatusJson.WriteId(json, "id"u8, id);
            json.WriteEndObject();
        }).ShouldBe($$"""{"id":{{written}}}""");

    [Theory]
    [InlineData("/_lb/backends/1/drain", "1", BackendState.Drain)]
    [InlineData("/_lb/backends/a%2Fb/up", "a/b", BackendState.Active)]
    [InlineData("/_lb/backends/1/down", "1", BackendState.Down)]
    public void Parse_Order_IsRead(string path, string id, BackendState state)
    {
        var order = BackendOrder.Parse(path)!;

        order.BackendId.ShouldBe(id);
        order.State.ShouldBe(state);
    }

    [Theory]
    [InlineData("/_lb/backends")]
    [InlineData("/_lb/backends/")]
    [InlineData("/_lb/backends/1")]
    [InlineData("/_lb/backends//drain")]
    [InlineData("/_lb/backends/1/drain/")]
    [InlineData("/_lb/backends/1/Drain")]
    [InlineData("/_lb/backends/1/x")]
    public void Parse_OtherPath_IsNull(string path) => BackendOrder.Parse(path).ShouldBeNull();

    private static PoolStatus Pool(params BackendStatus[] backends) => new(Now, "web", "round-robin", 0, backends);

    private static BackendStatus Status(string id, string url, HealthOptions? health = null) => new()
    {
        Options = new BackendOptions { Id = id, Url = new Uri(url), Health = health ?? new HealthOptions() },
        State = BackendState.Active,
        IsHealthy = false,
    };

    private static string Write(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, EdgeErrors.JsonText))
            write(json);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
