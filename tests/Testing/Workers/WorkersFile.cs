using System.Text.Json;

namespace ActorBalancer.Testing.Workers;

/// <summary>A <c>workers.json</c> in a temporary folder. A reader sees the old file or the new one, never half of
/// one.</summary>
public sealed class WorkersFile : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Makes the folder and a file that lists these workers.</summary>
    /// <param name="urls">Base URLs of the workers; none gives an empty list.</param>
    public WorkersFile(params IEnumerable<string> urls) => Write(urls);

    /// <summary>Absolute path of the file.</summary>
    public string Path => _folder.Combine("workers.json");

    /// <summary>Replaces the list.</summary>
    public void Write(params IEnumerable<string> urls) => WriteText(JsonSerializer.Serialize(urls.ToArray()));

    /// <summary>Replaces the whole text, be it JSON or not.</summary>
    public void WriteText(string text)
    {
        var next = Path + ".next";
        File.WriteAllText(next, text);
        File.Move(next, Path, overwrite: true);
    }

    /// <summary>Takes the file away; the folder stays.</summary>
    public void Delete() => File.Delete(Path);

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
