using ActorBalancer.Engine.Workers.Contracts;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Workers.Contracts.ContractTestTools;

namespace ActorBalancer.Engine.Tests.Workers.Contracts;

public sealed class ContractDifferenceTests
{
    private const string Hello = """{"name":"hello","params":{"name":{"type":"string","required":true}}}""";

    /// <summary>What the worker offers, what the others offer, and the reason without the count of workers.</summary>
    public static TheoryData<string, string, string> Kinds => new()
    {
        {
            """{"name":"hello","params":{"name":{"type":"number","required":true}}}""", Hello,
            """function 'hello': parameter 'name' has type "number" here, "string" in the contract's interface"""
        },
        {
            """{"name":"hello","params":{"name":{"type":"string"}}}""", Hello,
            "function 'hello': parameter 'name' has no required here, true in the contract's interface"
        },
        {
            """{"name":"hello","params":{"name":{"type":"string","required":true,"max":5}}}""", Hello,
            "function 'hello': parameter 'name' has max 5 here, none in the contract's interface"
        },
        {
            """{"name":"hello"}""", Hello,
            "function 'hello': parameter 'name' is missing here, the contract's interface has it"
        },
        {
            """{"name":"hello","params":{"age":{},"name":{"type":"string","required":true}}}""", Hello,
            "function 'hello': parameter 'age' is here, the contract's interface does not have it"
        },
        {
            $$"""{{Hello}},{"name":"bye"}""", Hello,
            "function 'bye' is here, the contract's interface does not have it"
        },
        {
            """{"name":"bye"}""", $$"""{"name":"bye"},{{Hello}}""",
            "function 'hello' is missing here, the contract's interface has it"
        },
        {
            """{"name":"hello","params":{"name":"string"}}""", Hello,
            "function 'hello': parameter 'name' is \"string\" here, "
                + """{"required":true,"type":"string"} in the contract's interface"""
        },
        {
            """{"name":"f","params":["a","b"]}""", """{"name":"f","params":["b","a"]}""",
            """function 'f': its parameters are ["a","b"] here, ["b","a"] in the contract's interface"""
        },
        {
            """{"name":"f","params":["a"]}""", """{"name":"f"}""",
            """function 'f': its parameters are ["a"] here, {} in the contract's interface"""
        },
        {
            """{"name":"f","params":{"x":{"a b":1}}}""", """{"name":"f","params":{"x":{"a b":2}}}""",
            "function 'f': parameter 'x' has 'a b' 1 here, 2 in the contract's interface"
        },
        {
            """{"name":"f","params":{"x":{"items":{"b":1,"a":[true]}}}}""",
            """{"name":"f","params":{"x":{"items":{"a":[true],"b":2}}}}""",
            """function 'f': parameter 'x' has items {"a":[true],"b":1} here, """
                + """{"a":[true],"b":2} in the contract's interface"""
        },
        {
            """{"name":"evil\n\u202e","params":{"x\u001b":{"type":"a\r\nb"}}}""",
            """{"name":"evil\n\u202e","params":{"x\u001b":{"type":"c\u2028"}}}""",
            "function 'evil\\u000a\\u202e': parameter 'x\\u001b' has type \"a\\u000d\\u000ab\" here, "
                + "\"c\\u2028\" in the contract's interface"
        },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Describe_Difference_NamesFunctionParameterAndValues(string here, string there, string expected)
    {
        string?[] reasons = Judge(
            Interface($"[{there}]"), Interface($"[{here}]"), Interface($"[{there}]"), Interface($"[{there}]"));

        reasons.ShouldBe([null, $"{expected} (3 of 4 workers)", null, null]);
    }

    [Fact]
    public void Describe_LongValuesThatBeginAlike_ShowsWhereTheyDiffer()
    {
        string same = new('s', 500);

        string reason = Judge(OfMember("pattern", $"\"{same}X{same}\""), OfMember("pattern", $"\"{same}Y{same}\""))[1]!;

        string lead = new('s', 24);
        string rest = new('s', 55);
        reason.ShouldBe($"function 'f': parameter 'p' has pattern ...{lead}Y{rest}... here, "
            + $"...{lead}X{rest}... in the contract's interface (1 of 2 workers)");
    }

    [Fact]
    public void Describe_LongValuesThatDifferEarly_ShowsTheirBeginning()
    {
        string rest = new('s', 500);

        string reason = Judge(OfMember("default", $"\"X{rest}\""), OfMember("default", "\"Y\""))[1]!;

        reason.ShouldBe("function 'f': parameter 'p' has default \"Y\" here, "
            + $"\"X{new string('s', 78)}... in the contract's interface (1 of 2 workers)");
    }

    [Fact]
    public void Describe_LongNames_StaysWithinTheLimitAndKeepsTheCount()
    {
        string control = string.Concat(Enumerable.Repeat("\\u0001", 300));

        string reason = Judge(Named(control, 1), Named(control, 2))[1]!;

        reason.Length.ShouldBe(ContractLimits.ReasonLengthMax);
        reason.ShouldEndWith("... (1 of 2 workers)");
    }

    [Fact]
    public void Describe_AnyTwoInterfaces_SaysNothingOnlyIfTheyAreEqualAndIsSafe() =>
        Prop.ForAll(ContractGenerators.AnyInterface, ContractGenerators.AnyInterface, (first, second) =>
        {
            ContractInterface one = Interface(first.ToJson(null));
            ContractInterface other = Interface(second.ToJson(null));

            string? difference = ContractDifference.Describe(one, other, 1, 2);

            return (difference is null) == one.Equals(other)
                && (difference is null
                    || (difference.Length <= ContractLimits.ReasonLengthMax
                        && difference.StartsWith("function 'function", StringComparison.Ordinal)
                        && !difference.Any(char.IsControl)));
        }).Check(Config.QuickThrowOnFailure);

    private static ContractInterface OfMember(string name, string value) =>
        OfParameters("{\"p\":{\"" + name + "\":" + value + "}}");

    private static ContractInterface Named(string name, int value) =>
        Interface("[{\"name\":\"" + name + "\",\"params\":{\"" + name + "\":{\"a\":" + value + "}}}]");
}
