using System.Text;

namespace ActorBalancer.Cli.Http;

/// <summary>Path and query of a request. Not thread-safe.</summary>
/// <param name="path">The path; parts that come from outside are escaped already.</param>
internal sealed class Query(string path)
{
    private readonly StringBuilder _text = new(path);
    private char _next = '?';

    /// <summary>Adds a parameter; none when the value is null.</summary>
    /// <returns>The query itself.</returns>
    public Query Add(string name, string? value)
    {
        if (value is null)
            return this;
        _text.Append(_next).Append(name).Append('=').Append(Uri.EscapeDataString(value));
        _next = '&';
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>A part of a path.</summary>
    /// <exception cref="CliException">It is empty, or one of the parts that mean another folder.</exception>
    public static string Part(string text) => text is "" or "." or ".."
        ? throw CliException.Usage($"'{text}' is no name")
        : Uri.EscapeDataString(text);
}
