using System.Diagnostics;
using System.Globalization;
using ActorBalancer.Api.Security;
using ActorBalancer.Testing;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Security;

/// <summary>Whether the time that it takes to refuse an offer tells how much of it is right.</summary>
/// <remarks>Kinds of offers take turns at random, so that whatever else the machine does falls on all of them. A true
/// difference shows in every round; chance does not, so one good round of several is enough.</remarks>
public sealed class TimingTests(ITestOutputHelper output)
{
    private const string Key = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFy";
    private const int Samples = 20_000;
    private const int Rounds = 10;
    private const double LeastP = 0.01;

    private static readonly TimeSpan MostDifference = TimeSpan.FromMicroseconds(1);

    [Fact]
    public void Check_KeyWrongAtItsStartItsEndOrInItsLength_TakesTheSameTime()
    {
        BalancerKey[] keys = [new(Key), new(Key), new(Key + Key)];
        HeaderDictionary[] offers = [Headers("a" + Key[1..]), Headers(Key[..^1] + "a"), Headers(Key[..^1] + "b")];

        Judge(
            ["first letter", "last letter", "length"],
            kind => keys[kind].Check(offers[kind]) == KeyCheck.Wrong);
    }

    [Fact]
    public void Check_SignatureWrongAtItsStartOrItsEnd_TakesTheSameTime()
    {
        var tokens = new SessionTokens(Key, new ManualTimeProvider());
        var token = tokens.Issue();
        const int Start = 40; // in the signature, which begins with letter 33
        string[] offers =
        [
            $"{token[..Start]}{Other(token[Start])}{token[(Start + 1)..]}",
            token[..^1] + Other(token[^1]),
        ];

        Judge(["start", "end"], kind => tokens.Check(offers[kind]) is null);
    }

    [Fact]
    public void MannWhitney_OrdinaryComparison_IsFoundOut()
    {
        var key = string.Concat(Enumerable.Repeat(Key, 400));
        string[] offers = ["a" + key[1..], key[..^1] + "a"];

        var times = Measure(7, 2, kind => !string.Equals(offers[kind], key, StringComparison.Ordinal));
        var (p, _) = Compare(times);

        p.ShouldBeLessThan(LeastP);
    }

    private static char Other(char letter) => letter == 'A' ? 'B' : 'A';

    private static HeaderDictionary Headers(string key) => new() { ["Authorization"] = key };

    private void Judge(string[] kinds, Func<int, bool> refuse)
    {
        var isGood = false;
        for (var round = 0; round < Rounds && !isGood; round++)
        {
            var times = Measure(round, kinds.Length, refuse);
            isGood = true;
            for (var i = 1; i < kinds.Length; i++)
            {
                var (p, difference) = Compare([times[0], times[i]]);
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"wrong in its {kinds[0]} or {kinds[i]}: p = {p:0.000}, medians differ by {difference:0} ns"));
                isGood &= p > LeastP && difference < MostDifference.TotalNanoseconds;
            }
        }

        isGood.ShouldBeTrue($"In each of {Rounds} rounds the times told the kinds of wrong offers apart.");
    }

    // Nanoseconds of each kind's calls, which come in a random order. All kinds run the same code: the compiler, which
    // learns from what it sees, could favour one of several.
    private static double[][] Measure(int seed, int kinds, Func<int, bool> refuse)
    {
        for (var i = 0; i < Samples; i++)
            refuse(i % kinds).ShouldBeTrue();
        var order = Enumerable.Range(0, Samples).Select(i => i % kinds).ToArray();
        new Random(seed).Shuffle(order);
        var times = Enumerable.Range(0, kinds).Select(static _ => new List<double>(Samples)).ToArray();
        foreach (var kind in order)
        {
            var started = Stopwatch.GetTimestamp();
            refuse(kind);
            times[kind].Add((Stopwatch.GetTimestamp() - started) * 1e9 / Stopwatch.Frequency);
        }

        return [.. times.Select(static list => list.ToArray())];
    }

    // The test of Mann and Whitney with the normal approximation, ranks of equal times shared, and how far the medians
    // are apart in nanoseconds.
    private static (double P, double Difference) Compare(double[][] pair)
    {
        double n = pair[0].Length;
        double m = pair[1].Length;
        var all = pair[0].Select(static time => (Time: time, IsFirst: true))
            .Concat(pair[1].Select(static time => (Time: time, IsFirst: false)))
            .OrderBy(static one => one.Time).ToArray();
        double rankSum = 0;
        double ties = 0;
        for (var i = 0; i < all.Length;)
        {
            var end = i;
            while (end < all.Length && all[end].Time.Equals(all[i].Time))
                end++;
            double count = end - i;
            ties += (count * count * count) - count;
            rankSum += ((i + 1 + end) / 2.0) * all[i..end].Count(static one => one.IsFirst);
            i = end;
        }

        var u = rankSum - (n * (n + 1) / 2);
        var variance = n * m / 12 * (n + m + 1 - (ties / ((n + m) * (n + m - 1))));
        var z = Math.Max(0, Math.Abs(u - (n * m / 2)) - 0.5) / Math.Sqrt(variance);
        return (2 * UpperTail(z), Math.Abs(Median(pair[0]) - Median(pair[1])));
    }

    private static double Median(double[] times) => times.Order().ElementAt(times.Length / 2);

    // The normal distribution beyond z: Abramowitz and Stegun, 26.2.17, whose error is below 7.5e-8.
    private static double UpperTail(double z)
    {
        var t = 1 / (1 + (0.2316419 * z));
        var polynomial = t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978
            + (t * 1.330274429))))))));
        return Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI) * polynomial;
    }
}
