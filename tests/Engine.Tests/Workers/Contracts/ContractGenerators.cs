using FsCheck;
using FsCheck.Fluent;

namespace ActorBalancer.Engine.Tests.Workers.Contracts;

/// <summary>Random interfaces, small enough that two of them are often equal or nearly so.</summary>
internal static class ContractGenerators
{
    public static Arbitrary<RandomNode> AnyInterface { get; } = (
        from count in Gen.Choose(0, 3)
        from parameters in Gen.ArrayOf(AnyObject(2), count)
        select RandomNode.Object(parameters.Select((node, index) => ($"function{index}", node)))).ToArbitrary();

    private static Gen<RandomNode> AnyObject(int depth) =>
        from count in Gen.Choose(0, 3)
        from values in Gen.ArrayOf(AnyValue(depth), count)
        select RandomNode.Object(values.Select((node, index) => (MemberNames[index], node)));

    private static readonly string[] MemberNames = ["type", "required", "min"];

    private static Gen<RandomNode> AnyValue(int depth) =>
        depth == 0
            ? Gen.Elements("1", "2.5", "true", "null", "\"string\"", "[1,2]").Select(RandomNode.Leaf)
            : Gen.Frequency((2, AnyValue(0)), (1, AnyObject(depth - 1)));
}

/// <summary>JSON that can be written with its members in another order.</summary>
/// <param name="Text">JSON of a leaf; null for an object.</param>
/// <param name="Members">Members of an object; empty for a leaf.</param>
internal sealed record RandomNode(string? Text, IReadOnlyList<(string Name, RandomNode Value)> Members)
{
    public static RandomNode Leaf(string text) => new(text, []);

    public static RandomNode Object(IEnumerable<(string Name, RandomNode Value)> members) => new(null, [.. members]);

    /// <summary>The interface as the list of functions that a worker sends.</summary>
    /// <param name="order">Shuffles functions and members; null leaves them as they are.</param>
    public string ToJson(Random? order)
    {
        IEnumerable<string> functions = Shuffled(order)
            .Select(member => $$"""{"name":"{{member.Name}}","params":{{member.Value.Write(order)}}}""");
        return $"[{string.Join(',', functions)}]";
    }

    private string Write(Random? order)
    {
        IEnumerable<string> members =
            Shuffled(order).Select(member => $"\"{member.Name}\":{member.Value.Write(order)}");
        return Text ?? $"{{{string.Join(',', members)}}}";
    }

    private (string Name, RandomNode Value)[] Shuffled(Random? order)
    {
        (string, RandomNode)[] members = [.. Members];
        order?.Shuffle(members);
        return members;
    }
}
