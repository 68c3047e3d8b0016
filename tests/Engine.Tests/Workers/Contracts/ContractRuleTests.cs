using ActorBalancer.Engine.Workers.Contracts;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Workers.Contracts.ContractTestTools;

namespace ActorBalancer.Engine.Tests.Workers.Contracts;

public sealed class ContractRuleTests
{
    private static readonly ContractInterface A = OfParameters("""{"p":{"type":"string"}}""");
    private static readonly ContractInterface B = OfParameters("""{"p":{"type":"number"}}""");
    private static readonly ContractInterface C = OfParameters("{}");
    private static readonly ContractInterface Bad = Interface("""[{"name":""}]""");

    /// <summary>Interfaces by letter in the order of being known; + for a valid worker.</summary>
    public static TheoryData<string, string> Tables => new()
    {
        { "", "" },
        { "A", "+" },
        { "AAA", "+++" },
        { "BAA", "-++" },
        { "ABA", "+-+" },
        { "AB", "+-" },
        { "BA", "+-" },
        { "CABAB", "-+-+-" },
        { "CBABA", "-+-+-" },
        { "ABC", "+--" },
        { "XA", "-+" },
        { "XXA", "--+" },
        { "XX", "--" },
        { "XXXAAB", "---++-" },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void Judge_ByMajorityAndOnATieByTheEarliestKnown(string offered, string expected) =>
        Signs(ContractRule.Judge(Candidates([.. offered.Select(Letter)]))).ShouldBe(expected);

    [Fact]
    public void Judge_ListInAnotherOrder_KeepsTheOrderOfBeingKnown()
    {
        ContractCandidate[] workers = [new("late", 9, B), new("early", 2, A), new("middle", 5, C)];

        IReadOnlyList<ContractVerdict> verdicts = ContractRule.Judge(workers);

        verdicts.Select(verdict => verdict.WorkerId).ShouldBe(["late", "early", "middle"]);
        Signs(verdicts).ShouldBe("-+-");
    }

    [Fact]
    public void Judge_EquallyEarly_TheFirstOfTheListWins() =>
        Signs(ContractRule.Judge([new("x", 1, B), new("y", 1, A)])).ShouldBe("+-");

    [Fact]
    public void Judge_FaultyInterface_SaysItsFault() =>
        Judge(A, Bad).ShouldBe([null, "function number 1 has no name"]);

    [Fact]
    public void Judge_NullList_Throws() => Should.Throw<ArgumentNullException>(() => ContractRule.Judge(null!));

    [Fact]
    public void Judge_AllOfferTheSame_AllAreValid() =>
        Prop.ForAll(ContractGenerators.AnyInterface, Gen.Choose(1, 6).ToArbitrary(), (functions, count) =>
        {
            var order = new Random(count);
            ContractInterface[] offered =
                [.. Enumerable.Range(0, count).Select(_ => Interface(functions.ToJson(order)))];

            return Judge(offered).All(reason => reason is null);
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Judge_AnyWorkers_ValidAreThoseOfOneLargestGroupAndTheOthersHaveAReason() =>
        Prop.ForAll(Gen.ArrayOf(ContractGenerators.AnyInterface.Generator).ToArbitrary(), sent =>
        {
            ContractInterface[] offered = [.. sent.Select(functions => Interface(functions.ToJson(null)))];
            string?[] reasons = Judge(offered);
            if (offered.Length == 0)
                return reasons.Length == 0;

            ContractInterface[] valid = [.. offered.Where((_, index) => reasons[index] is null)];
            int largest = offered.GroupBy(one => one).Max(group => group.Count());
            ContractInterface reference = offered.First(one => offered.Count(one.Equals) == largest);
            return valid.Length == largest
                && valid.All(reference.Equals)
                && reasons.All(reason => reason is null
                    || reason.EndsWith($" ({largest} of {offered.Length} workers)", StringComparison.Ordinal));
        }).Check(Config.QuickThrowOnFailure);

    private static ContractInterface Letter(char letter) => letter switch
    {
        'A' => A,
        'B' => B,
        'C' => C,
        _ => Bad,
    };

    private static string Signs(IReadOnlyList<ContractVerdict> verdicts) =>
        string.Concat(verdicts.Select(verdict => verdict.IsValid ? '+' : '-'));
}
