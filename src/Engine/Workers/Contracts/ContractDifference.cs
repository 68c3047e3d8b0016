using System.Text.Json;

namespace ActorBalancer.Engine.Workers.Contracts;

/// <summary>Finds the first difference between two interfaces and says it in a sentence.</summary>
internal static class ContractDifference
{
    /// <summary>Longest value shown, in characters of its canonical form.</summary>
    private const int ValueShownMax = 80;

    /// <summary>Characters shown before the place where two long values begin to differ.</summary>
    private const int ValueLeadMax = 24;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = ContractLimits.DepthMax };

    /// <summary>Says what differs first, functions and parameters taken by name.</summary>
    /// <param name="offered">What the worker offers.</param>
    /// <param name="reference">What it should offer.</param>
    /// <param name="supporters">Workers that offer the reference.</param>
    /// <param name="total">All workers of the group and contract.</param>
    /// <returns>Null when there is no difference; else safe text of bounded length.</returns>
    public static string? Describe(ContractInterface offered, ContractInterface reference, int supporters, int total)
    {
        string? difference = FirstOfFunctions(offered.Functions, reference.Functions);
        if (difference is null)
            return null;

        string crowd = $" ({supporters} of {total} workers)";
        return SafeText.Cut(difference, ContractLimits.ReasonLengthMax - crowd.Length) + crowd;
    }

    private static string? FirstOfFunctions(ContractFunction[] offered, ContractFunction[] reference)
    {
        foreach ((string name, string? here, string? there) in Pair(
            offered.Select(function => (function.Name, function.Parameters)),
            reference.Select(function => (function.Name, function.Parameters))))
        {
            if (here == there)
                continue;
            string function = $"function {ContractInterface.Shown(name)}";
            if (here is null)
                return $"{function} is missing here, the contract's interface has it";
            if (there is null)
                return $"{function} is here, the contract's interface does not have it";
            return $"{function}: {FirstOfParameters(here, there)}";
        }

        return null;
    }

    private static string FirstOfParameters(string hereText, string thereText)
    {
        using JsonDocument hereDocument = JsonDocument.Parse(hereText, Options);
        using JsonDocument thereDocument = JsonDocument.Parse(thereText, Options);
        JsonElement hereAll = hereDocument.RootElement;
        JsonElement thereAll = thereDocument.RootElement;
        if (hereAll.ValueKind != JsonValueKind.Object || thereAll.ValueKind != JsonValueKind.Object)
            return Differs("its parameters are", hereText, thereText);

        (string name, string? here, string? there) = FirstDifferentMember(hereAll, thereAll);
        string parameter = $"parameter {ContractInterface.Shown(name)}";
        if (here is null)
            return $"{parameter} is missing here, the contract's interface has it";
        if (there is null)
            return $"{parameter} is here, the contract's interface does not have it";

        JsonElement hereOne = hereAll.GetProperty(name);
        JsonElement thereOne = thereAll.GetProperty(name);
        if (hereOne.ValueKind != JsonValueKind.Object || thereOne.ValueKind != JsonValueKind.Object)
            return Differs($"{parameter} is", here, there);

        (string member, string? hereValue, string? thereValue) = FirstDifferentMember(hereOne, thereOne);
        string keyword = ShownKeyword(member);
        if (hereValue is null)
            return $"{parameter} has no {keyword} here, {Shown(thereValue!, 0)} in the contract's interface";
        if (thereValue is null)
            return $"{parameter} has {keyword} {Shown(hereValue, 0)} here, none in the contract's interface";
        return Differs($"{parameter} has {keyword}", hereValue, thereValue);
    }

    private static string Differs(string what, string here, string there)
    {
        int same = here.AsSpan().CommonPrefixLength(there);
        return $"{what} {Shown(here, same)} here, {Shown(there, same)} in the contract's interface";
    }

    /// <summary>A member's name, in quotes only if it does not look like a keyword.</summary>
    private static string ShownKeyword(string member) =>
        member.Length is > 0 and <= 32 && member.All(char.IsAsciiLetterOrDigit)
            ? member
            : ContractInterface.Shown(member);

    /// <summary>
    /// A canonical value, which is safe text; of a long one the part where it differs, for two long values that begin
    /// alike would look the same if they were merely cut.
    /// </summary>
    private static string Shown(string value, int differsAt)
    {
        if (value.Length <= ValueShownMax)
            return value;

        int start = differsAt <= ValueShownMax - ValueLeadMax ? 0 : differsAt - ValueLeadMax;
        string lead = start > 0 ? SafeText.Ellipsis : string.Empty;
        string tail = start + ValueShownMax < value.Length ? SafeText.Ellipsis : string.Empty;
        return string.Concat(lead, SafeText.Slice(value, start, ValueShownMax), tail);
    }

    private static (string Name, string? Here, string? There) FirstDifferentMember(
        JsonElement here, JsonElement there) =>
        Pair(Members(here), Members(there)).First(pair => pair.Here != pair.There);

    private static IEnumerable<(string Name, string Value)> Members(JsonElement value) =>
        value.EnumerateObject().Select(property => (property.Name, property.Value.GetRawText()));

    /// <summary>Joins two lists sorted by name; a side that lacks the name has null.</summary>
    private static IEnumerable<(string Name, string? Here, string? There)> Pair(
        IEnumerable<(string Name, string Value)> here, IEnumerable<(string Name, string Value)> there)
    {
        var thereByName = there.ToDictionary(StringComparer.Ordinal);
        var hereByName = here.ToDictionary(StringComparer.Ordinal);
        return hereByName.Keys
            .Union(thereByName.Keys, StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(name => (name, hereByName.GetValueOrDefault(name), thereByName.GetValueOrDefault(name)));
    }
}
