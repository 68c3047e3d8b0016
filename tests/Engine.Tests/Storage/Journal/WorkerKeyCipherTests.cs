using System.Text;
using ActorBalancer.Engine.Storage.Journal;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Storage.Journal;

public sealed class WorkerKeyCipherTests : IDisposable
{
    private static readonly byte[] Salt = [.. Enumerable.Range(1, WorkerKeyCipher.SaltBytes).Select(i => (byte)i)];

    private readonly WorkerKeyCipher _cipher = new("balancer", Salt);

    public void Dispose() => _cipher.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("Bearer abc")]
    [InlineData("Schlüssel 🔑")]
    public void Open_WhatWasSealed_GivesTheKey(string key)
    {
        using var other = new WorkerKeyCipher("balancer", Salt);

        var text = other.Open(_cipher.Seal(key));

        text.ShouldBe(key);
        other.Open(_cipher.Seal(key)).ShouldBeSameAs(text);
    }

    [Fact]
    public void Seal_Key_ShowsNothingOfIt()
    {
        var bytes = _cipher.Seal("Bearer 0123456789");

        Encoding.Latin1.GetString(bytes).ShouldNotContain("01234");
        using var other = new WorkerKeyCipher("balancer", Salt);
        other.Seal("Bearer 0123456789").ShouldNotBe(bytes, "a nonce is never used twice");
    }

    [Fact]
    public void Seal_SameKeyAgain_CostsNothing() => _cipher.Seal("a").ShouldBeSameAs(_cipher.Seal("a"));

    [Fact]
    public void Seal_MoreKeysThanAreRemembered_StaysRight()
    {
        for (var i = 0; i < 3 * WorkerKeyCipher.CacheMax; i++)
            _cipher.Open(_cipher.Seal($"key {i}")).ShouldBe($"key {i}");
        _cipher.Open(_cipher.Seal("key 0")).ShouldBe("key 0");
    }

    [Fact]
    public void Open_UnderAnotherKeyOrSalt_GivesNull()
    {
        var bytes = _cipher.Seal("Bearer abc");
        using var otherKey = new WorkerKeyCipher("balancer2", Salt);
        using var otherSalt = new WorkerKeyCipher("balancer", [.. Salt.Reverse()]);

        otherKey.Open(bytes).ShouldBeNull();
        otherSalt.Open(bytes).ShouldBeNull();
    }

    [Fact]
    public void Open_ChangedAnywhere_GivesNull()
    {
        var bytes = _cipher.Seal("Bearer abc");
        _cipher.Open(bytes).ShouldBe("Bearer abc");

        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 1;
            _cipher.Open(changed).ShouldBeNull($"byte {i}");
            _cipher.Open(bytes.AsSpan(0, i)).ShouldBeNull($"cut to {i}");
        }
    }

    [Fact]
    public void New_EmptyBalancerKey_Throws() => Should.Throw<ArgumentException>(() => new WorkerKeyCipher("", Salt));
}
