using System.Text.RegularExpressions;
using ActorBalancer.Api.Security;
using ActorBalancer.Api.Tests.Architecture;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Security;

public sealed partial class SecretHashTests
{
    private const string Secret = "correct horse battery staple";

    [Fact]
    public void Matches_TheSecret_True() =>
        new SecretHash(Secret).Matches(new string(Secret.AsSpan())).ShouldBeTrue();

    [Fact]
    public void Matches_OneBitElsewhere_False()
    {
        var hash = new SecretHash(Secret);
        for (var i = 0; i < Secret.Length; i++)
        {
            var other = Secret.ToCharArray();
            other[i] ^= (char)1;
            hash.Matches(other).ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("correct horse battery stapl")]
    [InlineData("correct horse battery staple ")]
    [InlineData(" correct horse battery staple")]
    [InlineData("Correct horse battery staple")]
    public void Matches_OtherLengthOrCase_False(string offered) =>
        new SecretHash(Secret).Matches(offered).ShouldBeFalse();

    [Fact]
    public void Matches_LongSecret_IsComparedToItsEnd()
    {
        var secret = new string('x', 2000);
        var hash = new SecretHash(secret);

        hash.Matches(secret).ShouldBeTrue();
        hash.Matches(secret[..^1] + "y").ShouldBeFalse();
        hash.Matches(secret.AsSpan(1)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData(" key")]
    [InlineData("key ")]
    [InlineData("ke\ty")]
    [InlineData("clé")]
    [InlineData("Bearer")]
    [InlineData("bearer key")]
    public void BalancerKey_ThatNoHeaderCarries_IsRefusedWithoutBeingShown(string key)
    {
        var message = Should.Throw<ArgumentException>(() => new BalancerKey(key)).Message;

        message.ShouldStartWith("The balancer's key ");
        if (key.Length > 3)
            message.ShouldNotContain($"'{key}'");
    }

    [Fact]
    public void Check_AWrongStringAfterARightOne_IsStillWrong()
    {
        var key = new BalancerKey(Secret);
        IHeaderDictionary headers = new HeaderDictionary();
        for (var i = 0; i < 2000; i++)
        {
            headers.Authorization = new string(Secret.AsSpan());
            key.Check(headers).ShouldBe(KeyCheck.Right);
            key.Check(headers).ShouldBe(KeyCheck.Right);
            headers.Authorization = string.Concat(Secret.AsSpan(1), "e");
            key.Check(headers).ShouldBe(KeyCheck.Wrong);
        }
    }

    /// <summary>What makes the time of a comparison constant: hashes and signatures of one fixed size go into the
    /// framework's own constant-time comparison, and nothing else in the source compares a secret.
    /// <see cref="TimingTests"/> measures it.</summary>
    [Theory]
    [InlineData("src")]
    [InlineData("samples")]
    public void Source_Secrets_AreComparedInConstantTimeOnly(string folder)
    {
        var comparisons = new List<string>();
        foreach (var file in Repository.Files(folder, ".cs"))
        {
            var name = Repository.Relative(file);
            var number = 0;
            foreach (var line in File.ReadLines(file))
            {
                number++;
                if (ComparisonOfASecret().IsMatch(line))
                    comparisons.Add($"{name}:{number}: {line.Trim()}");
            }
        }

        comparisons.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("SecretHash.cs", "return CryptographicOperations.FixedTimeEquals(hash, _hash);")]
    [InlineData("SessionTokens.cs", "CryptographicOperations.FixedTimeEquals(signature, token[SignedBytes..])")]
    public void Source_WhatComparesOffers_DoesSoInConstantTime(string file, string line) =>
        File.ReadAllText(Path.Combine(Repository.Root, "src", "Api", "Security", file)).ShouldContain(line);

    [Theory]
    [InlineData("if (authKey == offered)", true)]
    [InlineData("return offered != options.AuthKey;", true)]
    [InlineData("if (secret.Equals(x))", true)]
    [InlineData("string.Equals(workerKey, x)", true)]
    [InlineData("headers.Authorization.SequenceEqual(y)", true)]
    [InlineData("string.CompareOrdinal(password, x)", true)]
    [InlineData("if (workerKey is not null)", false)]
    [InlineData("if (workerKey is null || AllHaveKeys(fleet))", false)]
    [InlineData("if (key.Length == 0)", false)]
    [InlineData("authorization == KeyCheck.Right", false)]
    public void ScanPattern_Line_IsFoundIfItComparesASecret(string line, bool isFound) =>
        ComparisonOfASecret().IsMatch(line).ShouldBe(isFound);

    // A word for a secret and a comparison in one line, unless what is compared is its length or the check's result.
    [GeneratedRegex(
        @"(?i)^(?!\s*//)(?=.*\b\w*(authKey|workerKey|secret|password|authorization|balancerKey|offered|sessionToken)\b)"
            + @"(?!.*(KeyCheck\.|RouteAccess\.|\.Length\b|\.IsEmpty\b))"
            + @".*(==|!=|\bEquals\(|SequenceEqual\(|Compare\w*\()",
        RegexOptions.ExplicitCapture)]
    private static partial Regex ComparisonOfASecret();
}
