using System.Text;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Tasks;

public sealed class BareResultTests
{
    [Theory]
    [InlineData("""{"success":true,"result":{"a":[1,"}"]}}""", """{"a":[1,"}"]}""")]
    [InlineData("""{"success":true,"result":null}""", "null")]
    [InlineData("""{"success":true,"result":-1.50e3}""", "-1.50e3")]
    [InlineData("""{"result":"x\"y","success":true}""", "\"x\\\"y\"")]
    [InlineData(" { \"success\" :\ttrue , \"result\" : [ 1 ] } \n", "[ 1 ]")]
    [InlineData("""{"success":true,"result":"é"}""", "\"é\"")]
    [InlineData("""{"\u0073uccess":true,"r\u0065sult":7}""", "7")]
    public void Find_Envelope_GivesTheValueOfResult(string answer, string expected) =>
        Find(answer).ShouldBe((BareResultKind.Json, expected));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"success":true}""")]
    [InlineData("""{"result":1}""")]
    [InlineData("""{"success":false,"result":1}""")]
    [InlineData("""{"success":"true","result":1}""")]
    [InlineData("""{"success":1,"result":1}""")]
    [InlineData("""{"success":[true],"result":1}""")]
    [InlineData("""{"success":true,"result":1,"took":5}""")]
    [InlineData("""{"success":true,"success":true}""")]
    [InlineData("""{"result":1,"result":2}""")]
    [InlineData("""{"Success":true,"Result":1}""")]
    [InlineData("""{"data":{"success":true,"result":1}}""")]
    [InlineData("""[{"success":true,"result":1}]""")]
    [InlineData("1")]
    [InlineData(" \"text\" ")]
    [InlineData("null")]
    public void Find_OtherJson_GivesTheWholeAnswer(string answer) =>
        Find(answer).ShouldBe((BareResultKind.Json, answer));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("plain words, é")]
    [InlineData("""{"success":true,"result":1} trailing""")]
    [InlineData("""{"success":true,"result":1}{}""")]
    [InlineData("""{"success":true,"result":1""")]
    [InlineData("""{"success":true,"result":01}""")]
    [InlineData("\uFEFF{}")]
    [InlineData("chunk 1\nchunk 2\n")]
    public void Find_NoJson_GivesTheWholeAnswerAsText(string answer) =>
        Find(answer).ShouldBe((BareResultKind.Text, answer));

    [Fact]
    public void Find_DeeperThanIsRead_IsText() => Find(new string('[', 300) + new string(']', 300)).Kind
        .ShouldBe(BareResultKind.Text);

    [Fact]
    public void Find_NotUtf8_IsBinaryThoughItLooksLikeJson()
    {
        byte[] answer = [.. "{\"success\":true,\"result\":\""u8, 0xFF, .. "\"}"u8];

        BareResult.Find(answer, out var result).ShouldBe(BareResultKind.Binary);

        result.ShouldBe(Range.All);
    }

    [Fact]
    public void Find_Json_AllocatesNothing()
    {
        var answer = """{"success":true,"result":{"a":[1,2,{"b":"c"}]}}"""u8.ToArray();
        BareResult.Find(answer, out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        BareResult.Find(answer, out _);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static (BareResultKind Kind, string Result) Find(string answer)
    {
        var bytes = Encoding.UTF8.GetBytes(answer);
        var kind = BareResult.Find(bytes, out var result);
        return (kind, Encoding.UTF8.GetString(bytes.AsSpan()[result]));
    }
}
