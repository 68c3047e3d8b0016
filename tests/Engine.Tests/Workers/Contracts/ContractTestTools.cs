using System.Text.Json;
using ActorBalancer.Engine.Workers.Contracts;
using ActorBalancer.Protocol;

namespace ActorBalancer.Engine.Tests.Workers.Contracts;

/// <summary>Writes interfaces the way workers send them.</summary>
internal static class ContractTestTools
{
    /// <summary>The functions of a JSON array such as <c>[{"name":"f","params":{}}]</c>.</summary>
    public static IReadOnlyList<WorkerFunction> Functions(string json)
    {
        string health = $$"""{"functions":{{json}}}""";
        return JsonSerializer.Deserialize(health, ProtocolJson.Default.WorkerHealth)!.Functions!;
    }

    public static ContractInterface Interface(string json) => ContractInterface.Read(Functions(json));

    /// <summary>One function <c>f</c> with these parameters.</summary>
    public static ContractInterface OfParameters(string parameters) =>
        Interface($$"""[{"name":"f","params":{{parameters}}}]""");

    /// <summary>Candidates w0, w1... known in this order.</summary>
    public static ContractCandidate[] Candidates(params ContractInterface[] interfaces) =>
        [.. interfaces.Select((offered, index) => new ContractCandidate($"w{index}", index, offered))];

    /// <summary>The reasons for the candidates w0, w1..., null for the valid ones.</summary>
    public static string?[] Judge(params ContractInterface[] interfaces) =>
        [.. ContractRule.Judge(Candidates(interfaces)).Select(verdict => verdict.MismatchReason)];
}
