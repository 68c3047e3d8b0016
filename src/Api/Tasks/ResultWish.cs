using ActorBalancer.Api.Hosting;

namespace ActorBalancer.Api.Tasks;

/// <summary>Whether whoever asks about a task wants its output too. A page that shows how a task stands must not get
/// what may be large, or private, before somebody asks for it.</summary>
internal static class ResultWish
{
    private const string Name = "result";

    /// <summary>Reads <c>?result=</c>: true when it is not there.</summary>
    /// <returns>Null when it is right.</returns>
    public static EdgeError? Take(HttpRequest request, out bool isWanted)
    {
        isWanted = true;
        if (!request.Query.TryGetValue(Name, out var values))
            return null;
        isWanted = values != "false";
        return values == "true" || values == "false" ? null : QueryErrors.Wrong(Name, "true or false", values);
    }
}
