using System.Text;
using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Hosting;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Tasks;

/// <summary>What can be wrong with the parameters of a request's URL.</summary>
internal static class QueryErrors
{
    /// <summary>A parameter has a value that it may not have.</summary>
    public static EdgeError Wrong(string name, string rule, StringValues found)
    {
        var what = found.Count == 1 ? $"is \"{Show(found[0])}\"" : "comes more than once";
        return new EdgeError(400, "query_invalid", $"Parameter '{name}' must be {rule}, but {what}.")
        {
            Member = name,
        };
    }

    /// <summary>A parameter that must be there is not.</summary>
    public static EdgeError Missing(string name, string rule) => new(
        400, "query_missing", $"Parameter '{name}' is missing; it must be {rule}.")
    {
        Member = name,
    };

    /// <summary>A parameter that the route does not know.</summary>
    public static EdgeError Unknown(string name, string[] names)
    {
        var guess = NearestName.Find(name, names) is { } nearest ? $" (did you mean '{nearest}'?)" : "";
        return new EdgeError(400, "query_unknown",
            $"Parameter '{Show(name)}' is not known{guess}; allowed: {string.Join(", ", names)}.")
        {
            Member = Show(name),
        };
    }

    /// <summary>A client's value, shortened.</summary>
    public static string Show(string? value) => JsonText.Shorten(Encoding.UTF8.GetBytes(value ?? ""));
}
