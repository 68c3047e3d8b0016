using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorBalancer.Api.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

public sealed class MemberNamesTests
{
    private const string Rest = "\"group\":\"g\",\"function\":\"f\",\"contract\":1";

    [Fact]
    public void TryAdd_EveryPairOfShortNames_IsToldApart()
    {
        // All strings of up to three letters over four, and with them every length at which the print is made
        // in another way.
        var letters = new[] { "", "a", "b", "\u00e9", "\0" };
        var names = (from a in letters from b in letters from c in letters select a + b + c)
            .Concat(Enumerable.Range(4, 20).SelectMany(length => new[]
            {
                new string('a', length), new string('a', length - 1) + "b", "b" + new string('a', length - 1),
                new string('a', length / 2) + "b" + new string('a', length - (length / 2) - 1),
            }))
            .Distinct(StringComparer.Ordinal)
            .ToArray();

        foreach (var first in names)
        {
            foreach (var second in names)
                Accepts([first, second]).ShouldBe(first != second, $"{first}, {second}");
        }
    }

    [Fact]
    public async Task TryAdd_ManyNames_TakesTimeInProportion()
    {
        // Compared each with each, they would take minutes. They have the same ends, so that their prints are equal.
        var guard = TimeSpan.FromMinutes(1);
        var names = Enumerable.Range(0, 300_000)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"abcd{i}xyz"))
            .ToArray();

        (await AcceptsAsync()).ShouldBeTrue();
        names[^1] = names[names.Length / 2];
        (await AcceptsAsync()).ShouldBeFalse();

        Task<bool> AcceptsAsync()
        {
            var cancellation = TestContext.Current.CancellationToken;
            return Task.Run(() => Accepts(names), cancellation).WaitAsync(guard, cancellation);
        }
    }

    [Fact]
    public void TryAdd_ManyLargeObjectsOnALevel_ForgetEachOther()
    {
        var one = string.Join(',', Enumerable.Range(0, 40).Select(i => $"\"n{i}\":0"));
        var large = string.Join(',', Enumerable.Range(0, 3000).Select(i => $"\"n{i}\":0"));
        var objects = string.Join(',', Enumerable.Repeat($"{{{one}}}", 2000));

        Read($"{{{Rest},\"a\":{{{large}}},\"b\":[{objects}]}}").ShouldBeNull();
        Read($"{{{Rest},\"a\":{{{large}}},\"b\":[{objects},{{{one},\"n7\":1}}]}}")!.Member.ShouldBe("n7");
    }

    [Fact]
    public void TryAdd_LargeObjectAroundLargeObjects_RemembersItsOwn()
    {
        var inner = "{" + string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"n{i}\":0")) + "}";
        var outer = string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"n{i}\":{inner}"));

        Read($"{{{Rest},\"a\":{{{outer}}}}}").ShouldBeNull();
        Read($"{{{Rest},\"a\":{{{outer},\"n0\":{inner}}}}}")!.Member.ShouldBe("n0");
    }

    [Fact]
    public void TryRead_AfterABodyThatFailedInside_StartsClean()
    {
        Read($"{{{Rest},\"a\":{{\"b\":{{\"c\":1,\"c\":2}}}}}}")!.Member.ShouldBe("c");
        Read($"{{{Rest},\"a\":{{\"b\":{{\"c\":1,").ShouldNotBeNull();

        Read($"{{{Rest},\"a\":1,\"b\":1,\"c\":1}}").ShouldBeNull();
    }

    [Fact]
    public void NameCache_SameBytes_GiveTheSameString()
    {
        var cache = new NameCache();

        var first = cache.Get("résumé"u8);
        var second = cache.Get("résumé"u8.ToArray());

        first.ShouldBe("résumé");
        second.ShouldBeSameAs(first);
    }

    [Fact]
    public void NameCache_MoreNamesThanPlaces_AreAllRight()
    {
        var cache = new NameCache();
        var names = Enumerable.Range(0, 10 * NameCache.SlotCount)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"same-{i}-end"))
            .ToArray();

        for (var round = 0; round < 2; round++)
        {
            foreach (var name in names)
                cache.Get(Encoding.UTF8.GetBytes(name)).ShouldBe(name);
        }
    }

    private static bool Accepts(IEnumerable<string> names)
    {
        var members = names.Select(name => $"{JsonSerializer.Serialize(name)}:0");
        return Read($"{{{Rest},\"x\":{{{string.Join(',', members)}}}}}") is null;
    }

    private static InputFault? Read(string json)
    {
        TaskJson.TryRead(Encoding.UTF8.GetBytes(json), new NameCache(), out _, out var fault);
        return fault;
    }
}
