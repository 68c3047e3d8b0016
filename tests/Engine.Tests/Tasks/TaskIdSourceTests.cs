using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Tasks;

public sealed class TaskIdSourceTests
{
    private readonly TaskIdSource _ids = new(new EngineClock(TimeProvider.System));

    [Fact]
    public void Next_ManyThreads_AreDistinct()
    {
        var ids = new TaskId[8][];

        Parallel.For(0, 8, thread => ids[thread] = [.. Enumerable.Range(0, 20_000).Select(_ => _ids.Next(out var _))]);

        ids.SelectMany(static id => id).Distinct().Count().ShouldBe(160_000);
    }

    [Fact]
    public void Next_OneAfterTheOther_SortByTheirText()
    {
        var texts = Enumerable.Range(0, 1000).Select(_ => _ids.Next(out var _).ToString()).ToArray();

        texts.ShouldBe(texts.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Next_IsAUuidOfVersion7ThatCarriesTheMoment()
    {
        var text = _ids.Next(out var now).ToString();

        text[12].ShouldBe('7');
        "89ab".ShouldContain(text[16]);
        Convert.ToInt64(text[..12], 16).ShouldBe(now);
        TaskId.TryParse(text, out var parsed).ShouldBeTrue();
        parsed.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000000-0000-7000-8000-000000000000")]
    [InlineData("0000000000007000800000000000000g")]
    public void TryParse_AnythingElse_IsFalse(string text)
        => TaskId.TryParse(text, out _).ShouldBeFalse();
}
