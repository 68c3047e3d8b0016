using System.Text.Json;
using ActorBalancer.Engine.Workers.Contracts;
using ActorBalancer.Protocol;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Workers.Contracts.ContractTestTools;

namespace ActorBalancer.Engine.Tests.Workers.Contracts;

public sealed class ContractInterfaceTests
{
    [Theory]
    [InlineData("""{"a":{"type":"string","required":true}}""", """{"a":{"required":true,"type":"string"}}""")]
    [InlineData("""{"a":{"min":1}}""", """{"a":{"min":1.0}}""")]
    [InlineData("""{"a":{"enum":["x","y"]}}""", """{"a":{"enum":["y","x"]}}""")]
    [InlineData("""{"a":"\u0078"}""", """{"a":"x"}""")]
    [InlineData("{}", "null")]
    [InlineData("[]", "{}")]
    public void Equals_SameMeaning_IsTrueAndHashesAgree(string one, string other)
    {
        OfParameters(one).ShouldBe(OfParameters(other));
        OfParameters(one).GetHashCode().ShouldBe(OfParameters(other).GetHashCode());
    }

    [Theory]
    [InlineData("""{"a":{"type":"string"}}""", """{"a":{"type":"number"}}""")]
    [InlineData("""{"a":{"default":1}}""", """{"a":{"default":"1"}}""")]
    [InlineData("""{"a":{"default":[1,2]}}""", """{"a":{"default":[2,1]}}""")]
    [InlineData("""{"a":{"default":null}}""", """{"a":{}}""")]
    [InlineData("""{"a":{}}""", "{}")]
    [InlineData("""["a","b"]""", """["b","a"]""")]
    [InlineData("""{"a":true}""", """{"a":"true"}""")]
    [InlineData("""{"a":9007199254740993}""", """{"a":9007199254740992}""")]
    public void Equals_OtherMeaning_IsFalse(string one, string other) =>
        OfParameters(one).ShouldNotBe(OfParameters(other));

    [Fact]
    public void Read_FunctionsInOtherOrder_IsEqual() =>
        Interface("""[{"name":"b","params":{"x":1}},{"name":"a"}]""")
            .ShouldBe(Interface("""[{"name":"a","params":{}},{"params":{"x":1},"name":"b"}]"""));

    [Fact]
    public void Read_NamesThatDifferInCase_AreDifferentFunctions()
    {
        Interface("""[{"name":"a"},{"name":"A"}]""").Fault.ShouldBeNull();
        Interface("""[{"name":"a"}]""").ShouldNotBe(Interface("""[{"name":"A"}]"""));
    }

    [Fact]
    public void Read_NullOrEmptyList_IsAnInterfaceWithoutFunctions()
    {
        ContractInterface.Read(null).Fault.ShouldBeNull();
        ContractInterface.Read(null).ShouldBe(ContractInterface.Read([]));
        ContractInterface.Read(null).ShouldNotBe(OfParameters("{}"));
    }

    [Fact]
    public void Read_UndefinedParameters_AreNone() =>
        ContractInterface.Read([new WorkerFunction("f", default(JsonElement))]).ShouldBe(OfParameters("{}"));

    [Theory]
    [InlineData("""[{"name":"a"},{"params":{}}]""", "function number 2 has no name")]
    [InlineData("""[{"name":null}]""", "function number 1 has no name")]
    [InlineData("""[{"name":""}]""", "function number 1 has no name")]
    [InlineData("[null]", "function number 1 has no name")]
    [InlineData("""[{"name":"a"},{"name":"b"},{"name":"a"}]""", "function 'a' is declared more than once")]
    [InlineData(
        """[{"name":"a\n","params":{"x":"\ud800"}}]""",
        "function 'a\\u000a': its parameters hold text that is no valid Unicode")]
    public void Read_WhatNoWorkerShouldSend_HasAFault(string functions, string fault)
    {
        ContractInterface read = Interface(functions);

        read.Fault.ShouldBe(fault);
        read.Functions.ShouldBeEmpty();
    }

    [Fact]
    public void Read_LongerThanTheLimit_HasAFault()
    {
        string half = new('x', (ContractLimits.LengthMax / 2) + 10);
        var parameters = JsonSerializer.SerializeToElement(half);

        ContractInterface.Read([new WorkerFunction("a", parameters)]).Fault.ShouldBeNull();
        ContractInterface.Read([new WorkerFunction("a", parameters), new WorkerFunction("b", parameters)])
            .Fault.ShouldBe("function 'b': its parameters make the interface longer than 1048576 characters "
                + "in canonical form");
        ContractInterface.Read([new WorkerFunction(half, null), new WorkerFunction(half + "2", null)])
            .Fault!.ShouldEndWith("...' makes the interface longer than 1048576 characters in canonical form");
    }

    [Fact]
    public void Read_DocumentGoneAfterwards_StaysUsable()
    {
        ContractInterface read;
        using (var document = JsonDocument.Parse("""{"x":{"type":"string"}}"""))
            read = ContractInterface.Read([new WorkerFunction("f", document.RootElement)]);

        read.ShouldBe(OfParameters("""{"x":{"type":"string"}}"""));
    }

    [Fact]
    public void Equals_MembersShuffledAtEveryLevel_IsTrue() =>
        Prop.ForAll(ContractGenerators.AnyInterface, Gen.Choose(0, int.MaxValue).ToArbitrary(), (functions, seed) =>
        {
            ContractInterface one = Interface(functions.ToJson(null));
            ContractInterface other = Interface(functions.ToJson(new Random(seed)));

            return one.Fault is null && one.Equals(other) && one.GetHashCode() == other.GetHashCode();
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Equals_AnyTwoInterfaces_IsAnEquivalence() =>
        Prop.ForAll(ContractGenerators.AnyInterface, ContractGenerators.AnyInterface, (first, second) =>
        {
            ContractInterface one = Interface(first.ToJson(null));
            ContractInterface other = Interface(second.ToJson(null));

            return one.Equals(one) && one.Equals(other) == other.Equals(one)
                && one.Equals(other) == (first.ToJson(null) == second.ToJson(null));
        }).Check(Config.QuickThrowOnFailure);
}
