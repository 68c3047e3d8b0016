using ActorBalancer.Api.Security;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Security;

public sealed class SessionTokensTests
{
    private const string Key = "the-Balancer-Key-7f3a";
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Check_OwnToken_EndsAfterTheLifetimeAndNotBefore()
    {
        var tokens = new SessionTokens(Key, _time);
        var token = tokens.Issue();

        tokens.Check(token).ShouldBe(_time.GetUtcNow() + TimeSpan.FromHours(12));
        _time.Advance(TimeSpan.FromHours(12) - TimeSpan.FromSeconds(1));
        tokens.Check(token).ShouldNotBeNull();
        _time.Advance(TimeSpan.FromSeconds(1));
        tokens.Check(token).ShouldBeNull();
    }

    [Fact]
    public void Check_TokenOfAnotherNodeWithTheSameKey_IsGood() =>
        new SessionTokens(Key, _time).Check(new SessionTokens(Key, _time).Issue()).ShouldNotBeNull();

    [Fact]
    public void Check_TokenOfAnotherKey_IsRefused() =>
        new SessionTokens(Key, _time).Check(new SessionTokens(Key + "2", _time).Issue()).ShouldBeNull();

    [Fact]
    public void Issue_TwiceAtOnce_GivesTwoTokensOfLettersThatACookieCarries()
    {
        var tokens = new SessionTokens(Key, _time);

        var token = tokens.Issue();

        token.ShouldNotBe(tokens.Issue());
        token.ShouldAllBe(letter => Letters.Contains(letter, StringComparison.Ordinal));
    }

    [Fact]
    public void Check_AnyOneBitChanged_IsRefused()
    {
        var tokens = new SessionTokens(Key, _time);
        var token = tokens.Issue();
        for (var i = 0; i < token.Length; i++)
        {
            for (var bit = 1; bit < 64; bit <<= 1)
            {
                var other = Letters[Letters.IndexOf(token[i], StringComparison.Ordinal) ^ bit];
                tokens.Check($"{token[..i]}{other}{token[(i + 1)..]}").ShouldBeNull($"letter {i}, bit {bit}");
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("=")]
    [InlineData("\0")]
    [InlineData("\u00e9\u20ac")]
    public void Check_WhatIsNoToken_IsRefused(string offered)
    {
        var tokens = new SessionTokens(Key, _time);
        var token = tokens.Issue();

        tokens.Check(offered).ShouldBeNull();
        if (offered.Length > 0)
            tokens.Check(token + offered).ShouldBeNull();
        if (offered is not ("" or "A"))
            tokens.Check(offered + token[offered.Length..]).ShouldBeNull();
        tokens.Check(token[..^1] + " ").ShouldBeNull();
        tokens.Check(" " + token[1..]).ShouldBeNull();
        tokens.Check(token[..40] + "\n" + token[41..]).ShouldBeNull();
    }
}
