namespace ActorBalancer.Api.Hosting;

/// <summary>What a route says of itself, as metadata of its endpoint. The gate holds it to that.</summary>
internal sealed class EdgeRoute
{
    private readonly string[] _methods;

    /// <summary>A route.</summary>
    /// <param name="access">Who may use it.</param>
    /// <param name="methods">The methods that it knows, in capitals. GET brings HEAD; OPTIONS is always known.</param>
    public EdgeRoute(RouteAccess access, params string[] methods)
    {
        Access = access;
        _methods = methods.Contains(HttpMethods.Get) ? [.. methods, HttpMethods.Head] : methods;
        Allow = string.Join(", ", _methods.Append(HttpMethods.Options));
    }

    /// <summary>Who may use it.</summary>
    public RouteAccess Access { get; }

    /// <summary>True for a page that people open: without a session their browser is led to the login. Default
    /// false.</summary>
    public bool IsPage { get; init; }

    /// <summary>Value of the header <c>Allow</c>.</summary>
    public string Allow { get; }

    /// <summary>True when the route answers the method itself. Methods are told apart by case (RFC 9110, section
    /// 9.1); the framework's own comparison would not.</summary>
    public bool Knows(string method)
    {
        foreach (var known in _methods)
        {
            if (known == method)
                return true;
        }

        return false;
    }
}
