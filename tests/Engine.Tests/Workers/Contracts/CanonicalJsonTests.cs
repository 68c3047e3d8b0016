using System.Text.Json;
using ActorBalancer.Engine.Workers.Contracts;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Workers.Contracts;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{ "b": {"y":1.0, "x":[ 1, 2 ]}, "a":null }""", """{"a":null,"b":{"x":[1,2],"y":1}}""")]
    [InlineData("""{"a":{"default":[2,1]}}""", """{"a":{"default":[2,1]}}""")]
    [InlineData("""{"a":{"enum":["b","a",2.0,2,"b"]}}""", """{"a":{"enum":["a","b",2]}}""")]
    [InlineData("""{"a":{"enum":[[2,1],{"z":1,"a":2}]}}""", """{"a":{"enum":[[2,1],{"a":2,"z":1}]}}""")]
    [InlineData("""{"a":{"enum":{"y":1,"x":2}}}""", """{"a":{"enum":{"x":2,"y":1}}}""")]
    [InlineData("""{"enum":["b","a"]}""", """{"enum":["b","a"]}""")]
    [InlineData("""{"enum":{"enum":["b","a"]}}""", """{"enum":{"enum":["a","b"]}}""")]
    [InlineData("""{"a":{"items":{"enum":[2,1]}}}""", """{"a":{"items":{"enum":[1,2]}}}""")]
    [InlineData("""{"a":{"anyOf":[{"enum":[2,1]},{}]}}""", """{"a":{"anyOf":[{"enum":[1,2]},{}]}}""")]
    [InlineData("""{"a":{"properties":{"enum":{"enum":[2,1]}}}}""", """{"a":{"properties":{"enum":{"enum":[1,2]}}}}""")]
    [InlineData("""{"a":{"default":{"enum":[2,1]}}}""", """{"a":{"default":{"enum":[2,1]}}}""")]
    [InlineData("""{"a":{"const":{"enum":[2,1]}}}""", """{"a":{"const":{"enum":[2,1]}}}""")]
    [InlineData("""[{"name":"b","enum":[2,1]},{"name":"a"}]""", """[{"enum":[1,2],"name":"b"},{"name":"a"}]""")]
    [InlineData("""{"a":1,"b":2,"a":3}""", """{"a":3,"b":2}""")]
    [InlineData("""{"\u0061":"\u0062\n","":true}""", """{"":true,"a":"b\u000a"}""")]
    [InlineData("\"text\"", "\"text\"")]
    [InlineData("[]", "[]")]
    [InlineData("{}", "{}")]
    public void TryWrite_Parameters_GivesOneForm(string json, string expected)
    {
        Write(json, out string canonical).ShouldBeNull();

        canonical.ShouldBe(expected);
    }

    [Fact]
    public void TryWrite_DepthOfTheLimit_IsWrittenAndOneMoreIsRefused()
    {
        string deepest = Nested(ContractLimits.DepthMax);

        Write(deepest, out string canonical).ShouldBeNull();
        canonical.ShouldBe(deepest);
        Write(Nested(ContractLimits.DepthMax + 1), out _).ShouldBe("nest deeper than 64 levels");
    }

    [Theory]
    [InlineData("""{"a":"12345"}""", 13, true)]
    [InlineData("""{"a":"12345"}""", 12, false)]
    [InlineData("""{"a":{"enum":["11","22"]}}""", 26, true)]
    [InlineData("""{"a":{"enum":["11","22"]}}""", 25, false)]
    [InlineData("""{"a":{"enum":["11","22"]}}""", 10, false)]
    public void TryWrite_Length_IsBounded(string json, int lengthMax, bool fits)
    {
        using var document = JsonDocument.Parse(json);

        string? fault = CanonicalJson.TryWrite(document.RootElement, lengthMax, out string canonical);

        (fault is null).ShouldBe(fits);
        canonical.ShouldBe(fits ? json : string.Empty);
    }

    [Theory]
    [InlineData("""{"a":"\ud83d"}""")]
    [InlineData("""{"\ude00":1}""")]
    [InlineData("""{"a":{"enum":["\ud83d"]}}""")]
    [InlineData("""{"a":[["\ud83d"]]}""")]
    public void TryWrite_HalfASurrogatePair_IsAFault(string json) =>
        Write(json, out _).ShouldBe("hold text that is no valid Unicode");

    private static string? Write(string json, out string canonical)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 200 });
        return CanonicalJson.TryWrite(document.RootElement, ContractLimits.LengthMax, out canonical);
    }

    private static string Nested(int depth) => new string('[', depth) + "1" + new string(']', depth);
}
