using ActorBalancer.Api.Configuration.Kinds;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>Reads a value by a rule.</summary>
/// <param name="text">As written; blanks around it are mostly dropped.</param>
/// <param name="value">The value; meaningless when a problem is returned.</param>
/// <returns>Null when the value is good; else its fault.</returns>
internal delegate string? ValueRule<T>(string text, out T value);

/// <summary>A kind of value that a single function describes.</summary>
/// <param name="name">One or two words.</param>
/// <param name="allowed">What is allowed, in words.</param>
/// <param name="rule">Reads and judges.</param>
/// <param name="isTrimmed">False leaves blanks around the value for the rule to see.</param>
internal sealed class RuleKind<T>(string name, string allowed, ValueRule<T> rule, bool isTrimmed = true)
    : SettingKind<T>
{
    public override string Name => name;

    public override string Allowed => allowed;

    public override string? Read(string text, out T value) => rule(isTrimmed ? text.Trim() : text, out value);
}
