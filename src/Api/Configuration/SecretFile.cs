using System.Text;

namespace ActorBalancer.Api.Configuration;

/// <summary>Reads a file that holds a secret, or one in each line, and nothing else.</summary>
internal static class SecretFile
{
    /// <summary>Most bytes: far above any secret; a larger file is none.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>Reads the file.</summary>
    /// <param name="path">Absolute path.</param>
    /// <param name="fault">What is wrong with it.</param>
    /// <param name="reason">Why it cannot be read; null otherwise.</param>
    /// <returns>Its text without the line ends at its end; null when something is wrong.</returns>
    public static string? Read(string path, out SecretFileFault fault, out string? reason)
    {
        fault = SecretFileFault.None;
        reason = null;
        try
        {
            using var stream = File.OpenRead(path);
            var buffer = new byte[BytesMax + 1];
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            var content = Encoding.UTF8.GetString(buffer, 0, length).TrimEnd('\r', '\n');
            if (length > BytesMax)
                fault = SecretFileFault.TooLarge;
            else if (content.Length == 0)
                fault = SecretFileFault.Empty;
            else
                return content;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            fault = SecretFileFault.Unreadable;
            reason = error.Message;
        }

        return null;
    }
}

/// <summary>What is wrong with a file that should hold a secret.</summary>
internal enum SecretFileFault
{
    None,

    /// <summary>Nothing but line ends is in it.</summary>
    Empty,

    /// <summary>It has over <see cref="SecretFile.BytesMax"/> bytes.</summary>
    TooLarge,

    /// <summary>It is not there, or not for us.</summary>
    Unreadable,
}
