using System.Text.Json;

namespace ActorBalancer.HelloWorker;

/// <summary>The members of a task that the worker reads.</summary>
/// <param name="Function">The function to run.</param>
/// <param name="Input">Its parameters; an empty object when the task had none.</param>
/// <param name="Priority">1 is the highest.</param>
internal sealed record TaskBody(string Function, JsonElement Input, int Priority)
{
    /// <summary>Lowest priority. Source: the original worker.</summary>
    private const int PriorityMax = 2_097_152;

    private static readonly JsonElement NoInput = JsonElement.Parse("{}");

    /// <summary>Reads a task.</summary>
    /// <param name="json">The body.</param>
    /// <param name="options">Says which group and contract the worker serves.</param>
    /// <param name="fault">What is wrong with it; null when nothing is.</param>
    /// <returns>The task; null when there is a fault.</returns>
    /// <exception cref="InvalidOperationException">A text in it is not Unicode: half a surrogate pair.</exception>
    public static TaskBody? Read(JsonElement json, HelloWorkerOptions options, out string? fault)
    {
        fault = null;
        if (json.ValueKind != JsonValueKind.Object)
            fault = "The body must be a JSON object";
        else if (!TryString(json, "function", out var function) || function is null)
            fault = "Member 'function' must be a string";
        else if (!TryString(json, "group", out var group) || (group ?? options.Group) != options.Group)
            fault = $"Member 'group' must be '{options.Group}', the group of this worker";
        else if (!TryInteger(json, "contract", options.Contract, out var contract) || contract != options.Contract)
            fault = $"Member 'contract' must be {options.Contract}, the contract of this worker";
        else if (!TryInteger(json, "priority", 1, out var priority) || priority is < 1 or > PriorityMax)
            fault = $"Member 'priority' must be a whole number from 1 to {PriorityMax}";
        else if (!json.TryGetProperty("input", out var input))
            return new TaskBody(function, NoInput, priority);
        else if (input.ValueKind != JsonValueKind.Object)
            fault = "Member 'input' must be an object";
        else
            return new TaskBody(function, input, priority);
        return null;
    }

    // False for a value of another type; true with null when the member is absent.
    private static bool TryString(JsonElement json, string name, out string? value)
    {
        value = null;
        if (!json.TryGetProperty(name, out var member))
            return true;
        if (member.ValueKind != JsonValueKind.String)
            return false;
        value = member.GetString();
        return true;
    }

    private static bool TryInteger(JsonElement json, string name, int absent, out int value)
    {
        value = absent;
        return !json.TryGetProperty(name, out var member)
            || (member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out value));
    }
}
