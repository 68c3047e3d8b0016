using System.Text;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary>The tables of bodies, each through the real server.</summary>
public sealed class TaskJsonTests(EdgeFixture fixture) : IClassFixture<EdgeFixture>
{
    private readonly EdgeHarness _edge = fixture.Edge;

    public static TheoryData<string> BadNames => new(BadBodies.All.Keys);

    public static TheoryData<string> GoodNames => new(GoodBodies.All.Keys);

    [Fact]
    public void BadBodies_Count_IsThatOfATrial() => BadBodies.All.Count.ShouldBeGreaterThan(300);

    [Theory]
    [MemberData(nameof(BadNames))]
    public async Task Post_BadBody_IsRefusedByNameAndNeverReachesTheEngine(string name)
    {
        var bad = BadBodies.All[name];
        var before = _edge.Balancer.Requests.Count;

        var answer = await _edge.PostTaskAsync(bad.Body);

        answer.Status.ShouldBe(400);
        answer.Code.ShouldBe(bad.Code);
        answer.Error.Length.ShouldBeLessThan(300);
        if (bad.Member is not null)
        {
            answer.Error.ShouldContain($"'{bad.Member}'");
            answer.Json.GetProperty("member").GetString().ShouldBe(bad.Member);
        }

        _edge.Balancer.Requests.Count.ShouldBe(before);
        _edge.Log.Lines.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(GoodNames))]
    public async Task Post_GoodBody_ReachesTheEngineByteForByte(string name)
    {
        var body = Encoding.UTF8.GetBytes(GoodBodies.All[name]);

        var answer = await _edge.PostTaskAsync(body);

        answer.Status.ShouldBe(200, answer.Text);
        answer.Body.ShouldBe(body);
        var request = _edge.Balancer.Requests.Last();
        request.Queue.ShouldBe(new QueueKey("g", 1));
        request.Function.ShouldBe("f");
        _edge.Log.Lines.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("2147483647", int.MaxValue)]
    [InlineData("-0", 0)]
    public void TryRead_ContractAtItsEdge_IsTaken(string text, int expected)
    {
        var head = Read($$"""{"group":"g","function":"f","contract":{{text}}}""");

        head.Contract.ShouldBe(expected);
        head.Priority.ShouldBe(1);
        head.Mode.ShouldBe(TaskMode.Sync);
    }

    [Fact]
    public void TryRead_LongestNames_AreTaken()
    {
        var escaped = string.Concat(Enumerable.Repeat("\\u00e9", TaskLimits.NameLengthMax));

        var head = Read($$"""{"group":"{{GoodBodies.LongestName}}","function":"{{escaped}}","contract":1}""");

        head.Group.ShouldBe(GoodBodies.LongestName);
        head.Function.ShouldBe(GoodBodies.LongestName);
    }

    [Theory]
    [InlineData("\"abcdefghijklmnopqrstuvwxyzabcdefghijklmno\"", "\"abcdefghijklmnopqrstuvwxyzabcdefghijklmn...\"")]
    [InlineData("\"ééééééééééééééééééééééééééééé\"", "\"éééééééééééééééééééé...\"")]
    [InlineData("\"xééééééééééééééééééééééééééééé\"", "\"xééééééééééééééééééé...\"")]
    [InlineData("{\"secret\":1}", "an object")]
    [InlineData("[\"secret\"]", "an array")]
    [InlineData("12", "12")]
    [InlineData("null", "null")]
    public void TryRead_WrongValue_IsQuotedShortened(string value, string quoted)
    {
        var fault = Refuse($$"""{"group":"g","function":"f","contract":1,"mode":{{value}}}""");

        fault.Message.ShouldBe(
            $"Member 'mode' must be \"sync\", \"stream\", \"webhook\" or \"async\", but is {quoted}.");
    }

    [Fact]
    public void TryRead_SyntaxFault_NamesItsPlaceAndNoneOfTheText()
    {
        var fault = Refuse("{\n\"group\": secret}");

        fault.Message.ShouldBe("The body is not valid JSON; the fault is at line 2, byte 10 of that line.");
    }

    [Fact]
    public void TryRead_SmallBody_AllocatesNothing()
    {
        var body = Encoding.UTF8.GetBytes(
            """{"group":"pdf","function":"render","contract":3,"priority":5,"input":{"url":"x","a":{"b":[1]}}}""");
        var cache = new NameCache();
        for (var i = 0; i < 100; i++)
            TaskJson.TryRead(body, cache, out _, out _).ShouldBeTrue();

        var before = GC.GetAllocatedBytesForCurrentThread();
        var isRead = TaskJson.TryRead(body, cache, out _, out _);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        isRead.ShouldBeTrue();
        allocated.ShouldBe(0);
    }

    private static TaskHead Read(string json)
    {
        TaskJson.TryRead(Encoding.UTF8.GetBytes(json), new NameCache(), out var head, out var fault)
            .ShouldBeTrue(fault?.Message);
        return head;
    }

    private static InputFault Refuse(string json)
    {
        TaskJson.TryRead(Encoding.UTF8.GetBytes(json), new NameCache(), out _, out var fault).ShouldBeFalse();
        return fault.ShouldNotBeNull();
    }
}
