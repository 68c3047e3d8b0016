using System.Buffers;
using System.Text;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Workers;

public sealed class WorkerJsonTests
{
    [Theory]
    [InlineData("""{"error":"Missing parameter url"}""", "Missing parameter url")]
    [InlineData("""{"x":{"error":"inner"},"error":"Function not found","y":[1]}""", "Function not found")]
    [InlineData("""{"error":"h\u00e9\n<script>"}""", "hé\n<script>")]
    [InlineData("""{"error":{"message":"x"}}""", null)]
    [InlineData("""{"error":""}""", null)]
    [InlineData("""{"error":"x" """, null)]
    [InlineData("""{"error":"x"} y""", null)]
    [InlineData("""{"error":"\ud800"}""", null)]
    [InlineData("""["error"]""", null)]
    [InlineData("<h1>Bad</h1>", null)]
    [InlineData("", null)]
    public void ReadError_GivesTheWorkersWordsOrNothing(string body, string? expected)
        => WorkerJson.ReadError(Encoding.UTF8.GetBytes(body)).ShouldBe(expected);

    [Fact]
    public void ReadError_BytesThatAreNoText_GivesNothing()
        => WorkerJson.ReadError(Encoding.Latin1.GetBytes("{\"error\":\"\xff\"}")).ShouldBeNull();

    [Fact]
    public void ReadError_LongText_IsCutBetweenCharacters()
    {
        var text = new string('a', WorkerJson.ErrorLengthMax - 1) + "😀";

        WorkerJson.ReadError(Encoding.UTF8.GetBytes($$"""{"error":"{{text}}"}"""))
            .ShouldBe(new string('a', WorkerJson.ErrorLengthMax - 1));
    }

    [Theory]
    [InlineData("""{"success":true,"result":null}""", true)]
    [InlineData("  3  ", true)]
    [InlineData("", false)]
    [InlineData("{", false)]
    [InlineData("{} {}", false)]
    [InlineData("<html>", false)]
    public void IsJson_OneWholeValueAndNothingElse(string body, bool expected)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, bytes.Length));
        bytes.CopyTo(buffer, 0);
        using var reply = new WorkerReply(buffer, bytes.Length, null);

        WorkerJson.IsJson(reply).ShouldBe(expected);
    }
}
