using System.Text;
using System.Text.Json;
using ActorBalancer.Protocol;

namespace ActorBalancer.Engine.Workers.Contracts;

/// <summary>
/// What a worker offers, in one form for all ways to write the same: two interfaces are equal when they have the same
/// functions with the same parameters, whatever the order of functions and members and the spelling of numbers and
/// strings. The rules for JSON stand at <see cref="CanonicalJson"/>. Immutable; keeps nothing of the JSON document
/// that it was read from, so it may be held and compared for as long as the worker's answer does not change.
/// </summary>
public sealed class ContractInterface : IEquatable<ContractInterface>
{
    /// <summary>Longest name shown in a fault, in characters.</summary>
    private const int NameShownMax = 64;

    private const string NoParameters = "{}";

    private readonly int _hashCode;

    private ContractInterface(ContractFunction[] functions, string? fault)
    {
        Functions = functions;
        Fault = fault;
        var hash = default(HashCode);
        hash.Add(fault);
        foreach (ContractFunction function in functions)
            hash.Add(function);
        _hashCode = hash.ToHashCode();
    }

    /// <summary>
    /// Null when the interface can be compared. Else why it can't: one line of safe text, at most
    /// <see cref="ContractLimits.ReasonLengthMax"/> characters, that names the function if there is one to name.
    /// </summary>
    public string? Fault { get; }

    /// <summary>The functions sorted by name (ordinal); none when there is a <see cref="Fault"/>.</summary>
    internal ContractFunction[] Functions { get; }

    /// <summary>Reads the functions as a worker sent them; never throws for what a worker may send.</summary>
    /// <param name="functions">
    /// In any order; null for none. Parameters that are absent, null, <c>{}</c> or <c>[]</c> all mean that there are
    /// none. A function without a name, two functions of one name and anything beyond <see cref="ContractLimits"/>
    /// give an interface with a <see cref="Fault"/>.
    /// </param>
    public static ContractInterface Read(IReadOnlyList<WorkerFunction>? functions)
    {
        var read = new SortedDictionary<string, string>(StringComparer.Ordinal);
        int room = ContractLimits.LengthMax;
        for (int index = 0; index < (functions?.Count ?? 0); index++)
        {
            WorkerFunction? function = functions![index];
            if (string.IsNullOrEmpty(function?.Name))
                return Faulty($"function number {index + 1} has no name");

            room -= function.Name.Length;
            if (TryReadParameters(function.Params, room, out string parameters) is { } fault)
                return Faulty($"function {Shown(function.Name)}: its parameters {fault}");
            if (!read.TryAdd(function.Name, parameters))
                return Faulty($"function {Shown(function.Name)} is declared more than once");

            room -= parameters.Length;
            if (room < 0)
            {
                return Faulty($"function {Shown(function.Name)} makes the interface longer than "
                    + $"{ContractLimits.LengthMax} characters in canonical form");
            }
        }

        return new ContractInterface([.. read.Select(pair => new ContractFunction(pair.Key, pair.Value))], fault: null);
    }

    /// <inheritdoc/>
    public bool Equals(ContractInterface? other) =>
        other is not null
        && (ReferenceEquals(this, other)
            || (_hashCode == other._hashCode
                && Fault == other.Fault
                && Functions.AsSpan().SequenceEqual(other.Functions)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ContractInterface);

    /// <inheritdoc/>
    public override int GetHashCode() => _hashCode;

    /// <summary>A name in quotes, safe and cut.</summary>
    internal static string Shown(string name)
    {
        var text = new StringBuilder();
        SafeText.AppendQuoted(text, SafeText.Cut(name, NameShownMax), '\'');
        return text.ToString();
    }

    private static ContractInterface Faulty(string fault) =>
        new([], SafeText.Cut(fault, ContractLimits.ReasonLengthMax));

    private static string? TryReadParameters(JsonElement? parameters, int room, out string canonical)
    {
        canonical = NoParameters;
        if (parameters is not { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } sent)
            return null;

        string? fault = CanonicalJson.TryWrite(sent, room, out canonical);
        if (canonical == "[]")
            canonical = NoParameters;
        return fault;
    }
}
