using System.Security.Cryptography;
using System.Text;

namespace ActorBalancer.Api.Configuration;

/// <summary>The name that a node makes for itself when NODE_ID is not set, kept in the data directory so that it stays
/// the same over restarts.</summary>
internal static class NodeIdFile
{
    /// <summary>Name of the file in the data directory.</summary>
    public const string FileName = "node-id";

    // Two nodes of one host name meet by chance once in four thousand million.
    private const int RandomBytes = 4;

    // Leaves room for the random part within the 128 characters of a name.
    private const int HostLengthMax = 100;

    /// <summary>Reads the name, or makes and keeps one.</summary>
    /// <param name="dataDirectory">Made if it is missing.</param>
    /// <exception cref="IOException">The file cannot be made or read, or holds no usable name; the message names it and
    /// says what to do.</exception>
    public static string LoadOrCreate(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, FileName);
        try
        {
            Directory.CreateDirectory(dataDirectory);
            if (!File.Exists(path))
                Create(path);
            return Read(path);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException(
                $"The file {path} cannot be used: {error.Message} Set NODE_ID, or a DATA_DIR that can be written.",
                error);
        }
    }

    private static void Create(string path)
    {
        var random = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes));
        NewFile.TryCreate(path, Encoding.UTF8.GetBytes($"{HostPart(Environment.MachineName)}-{random}\n"));
    }

    private static string HostPart(string host)
    {
        var name = string.Concat(host.Select(static unit => char.IsAsciiLetterOrDigit(unit) ? unit : '-'));
        return name.Length == 0 ? "node" : name[..Math.Min(name.Length, HostLengthMax)];
    }

    private static string Read(string path)
    {
        var text = File.ReadAllText(path).Trim();
        if (text.Length > 0 && SettingsTable.NodeId.Kind.Read(text, out var name) is null)
            return name;
        throw new IOException(
            $"The file {path} holds no usable name: allowed are {SettingsTable.NodeId.Kind.Allowed}. Delete the file "
            + "to have a new name made, or set NODE_ID.");
    }
}
