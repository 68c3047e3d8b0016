using System.Globalization;
using System.Text;
using System.Text.Json;
using ActorBalancer.Engine.Workers.Contracts;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Workers.Contracts;

public sealed class CanonicalNumberTests
{
    [Theory]
    [InlineData("1", "1")]
    [InlineData("1.0", "1")]
    [InlineData("10e-1", "1")]
    [InlineData("0.1E+1", "1")]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("-0.00e5", "0")]
    [InlineData("-12.50", "-12.5")]
    [InlineData("1200", "1200")]
    [InlineData("12e2", "1200")]
    [InlineData("0.00012", "0.00012")]
    [InlineData("12e-5", "0.00012")]
    [InlineData("0.0000000012", "1.2e-9")]
    [InlineData("1e21", "1e21")]
    [InlineData("1e20", "100000000000000000000")]
    [InlineData("1000000000000000000000", "1e21")]
    [InlineData("9007199254740993", "9007199254740993")]
    [InlineData("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827")]
    [InlineData("1234567890123456789012345", "1.234567890123456789012345e24")]
    [InlineData("1e400", "1e400")]
    [InlineData("1e99999999999999999999", "1e99999999999999999999")]
    [InlineData("1e-9223372036854775808", "1e-9223372036854775808")]
    public void Append_Number_GivesItsOneSpelling(string number, string expected) =>
        Canonical(number).ShouldBe(expected);

    [Fact]
    public void Append_AnyDecimal_KeepsTheValueAndIsItsOwnCanonicalForm() =>
        Prop.ForAll(AnyInteger, AnyExponent, (digits, exponent) =>
        {
            string spelled = $"{digits}e{exponent}";
            string canonical = Canonical(spelled);

            return double.Parse(canonical, CultureInfo.InvariantCulture)
                    == double.Parse(spelled, CultureInfo.InvariantCulture)
                && Canonical(canonical) == canonical
                && Canonical($"{digits}0.00E{exponent - 1}") == canonical
                && JsonDocument.Parse(canonical).RootElement.ValueKind == JsonValueKind.Number;
        }).Check(Config.QuickThrowOnFailure);

    private static Arbitrary<int> AnyInteger { get; } = Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary();

    private static Arbitrary<int> AnyExponent { get; } = Gen.Choose(-25, 25).ToArbitrary();

    private static string Canonical(string number)
    {
        var text = new StringBuilder();
        CanonicalNumber.Append(text, number);
        return text.ToString();
    }
}
