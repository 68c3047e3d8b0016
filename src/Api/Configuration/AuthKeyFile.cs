using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ActorBalancer.Api.Configuration;

/// <summary>
/// The key that the balancer makes for itself when none is configured, kept in the data directory so that it stays the
/// same over restarts. Only the owner may read the file.
/// </summary>
internal static class AuthKeyFile
{
    /// <summary>Name of the file in the data directory.</summary>
    public const string FileName = "auth-key";

    // 256 bits: beyond guessing.
    private const int KeyBytes = 32;
    private const int LengthMax = 1024;

    /// <summary>Reads the key, or makes and keeps one. Of several at once, all get the same one.</summary>
    /// <param name="dataDirectory">Made if it is missing, for the owner alone.</param>
    /// <exception cref="IOException">
    /// The directory or file cannot be made or read, or the file holds no usable key; the message names the path and
    /// says what to do.
    /// </exception>
    public static AuthKey LoadOrCreate(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, FileName);
        try
        {
            MakeDirectory(dataDirectory);
            var isNew = !File.Exists(path) && TryCreate(path);
            return new AuthKey(Read(path), path, isNew);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException(
                $"The key file {path} cannot be used: {error.Message} Set LB_AUTH_KEY, "
                + "or a DATA_DIR that can be written.",
                error);
        }
    }

    private static void MakeDirectory(string directory)
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, OwnerOnly);
    }

    private static bool TryCreate(string path)
    {
        var key = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes));
        return NewFile.TryCreate(path, Encoding.ASCII.GetBytes(key + "\n"));
    }

    private static string Read(string path)
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != UnixFileMode.None)
            File.SetUnixFileMode(path, OwnerOnly);
        using var stream = File.OpenRead(path);
        var buffer = new byte[LengthMax + 3];
        var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        var key = Encoding.UTF8.GetString(buffer, 0, length).TrimEnd('\r', '\n');
        if (key.Length is > 0 and <= LengthMax && !key.AsSpan().ContainsAnyExceptInRange('!', '~')) return key;
        throw new IOException(
            $"The key file {path} holds no usable key: allowed are 1 to {LengthMax} printable ASCII characters without "
            + "blanks. Delete the file to have a new key made, or set LB_AUTH_KEY.");
    }
}
