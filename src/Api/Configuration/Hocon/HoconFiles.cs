using System.Text;

namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>
/// Opens the files of one configuration, within <see cref="HoconLimits"/>. One instance reads one configuration, on
/// one thread; it remembers which files are open above the one that is read, to find cycles of includes.
/// </summary>
internal sealed class HoconFiles(string workingDirectory)
{
    private const string Nowhere = "/";

    private static readonly UTF8Encoding StrictUtf8 =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<string> _open = [];
    private readonly List<string> _seen = [];
    private readonly List<string>? _skipped; // null when includes are read
    private long _totalBytes;

    private HoconFiles(List<string> skipped)
        : this(Nowhere) => _skipped = skipped;

    /// <summary>Reads no file, whatever a text includes.</summary>
    public static HoconFiles WithoutFiles() => new([]);

    /// <summary>Includes that were passed over, each as it stands and where; none when files are read.</summary>
    public IReadOnlyList<string> Skipped => _skipped ?? [];

    /// <summary>Absolute paths of all files that were read or looked for; what was read depends on them.</summary>
    public IReadOnlyList<string> Seen => _seen;

    /// <summary>Reads and parses a file.</summary>
    /// <param name="file">Its path, relative to the working directory or absolute.</param>
    /// <exception cref="HoconException">It cannot be read, or its text is wrong.</exception>
    public ObjectSyntax Load(string file)
    {
        string path = Path.GetFullPath(file, workingDirectory);
        _seen.Add(path);
        return Load(path, new HoconOrigin(DisplayName(path), 1, 1), [], depth: 0);
    }

    /// <summary>Parses a text that is no file, such as an embedded one; it cannot include anything.</summary>
    public ObjectSyntax Parse(string name, string text) => HoconParser.Parse(name, text, this, [], depth: 0);

    /// <summary>Reads and parses an included file.</summary>
    /// <param name="include">The statement.</param>
    /// <param name="path">The keys under which it stands.</param>
    /// <param name="depth">How deep it stands.</param>
    /// <returns>Null when the file is missing and not required.</returns>
    /// <exception cref="HoconException">
    /// The file is required and missing, cannot be read, is already open, or its text is wrong.
    /// </exception>
    public ObjectSyntax? Include(HoconInclude include, IReadOnlyList<string> path, int depth)
    {
        if (_skipped is not null)
        {
            _skipped.Add($"{include.Origin}: the file {SettingsReport.Quote(include.File)}");
            return null;
        }

        if (_open.Count == 0)
            throw new HoconException(include.Origin, "expected no 'include' in a text that is no file");
        string directory = Path.GetDirectoryName(_open[^1])!;
        string full = Path.GetFullPath(include.File, directory);
        _seen.Add(full);
        if (!File.Exists(full))
        {
            if (!include.IsRequired) return null;
            throw new HoconException(include.Origin, $"expected the required file '{DisplayName(full)}', found none");
        }

        if (_open.Contains(full))
        {
            string cycle = string.Join(" -> ", _open.SkipWhile(open => open != full).Append(full).Select(DisplayName));
            throw new HoconException(include.Origin, $"expected no cycle of includes, found {cycle}");
        }

        if (_open.Count >= HoconLimits.IncludeDepthMax)
        {
            throw new HoconException(
                include.Origin,
                $"expected at most {HoconLimits.IncludeDepthMax} files that include each other, found more");
        }

        return Load(full, include.Origin, path, depth);
    }

    private ObjectSyntax Load(string path, HoconOrigin origin, IReadOnlyList<string> prefix, int depth)
    {
        string text = ReadText(path, origin);
        _open.Add(path);
        try
        {
            return HoconParser.Parse(DisplayName(path), text, this, prefix, depth);
        }
        finally
        {
            _open.RemoveAt(_open.Count - 1);
        }
    }

    private string ReadText(string path, HoconOrigin origin)
    {
        string name = DisplayName(path);
        byte[] bytes;
        try
        {
            bytes = ReadBounded(path, name, origin);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HoconException(origin, $"expected a readable file '{name}', found: {error.Message}");
        }

        try
        {
            ReadOnlySpan<byte> content = bytes;
            return StrictUtf8.GetString(content.StartsWith(Encoding.UTF8.Preamble) ? content[3..] : content);
        }
        catch (DecoderFallbackException error)
        {
            throw new HoconException(PositionOf(bytes, error.Index, name), "expected UTF-8 text, found other bytes");
        }
    }

    private byte[] ReadBounded(string path, string name, HoconOrigin origin)
    {
        using FileStream stream = File.OpenRead(path);
        var buffer = new byte[HoconLimits.FileBytesMax + 1];
        int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        _totalBytes += length;
        if (length > HoconLimits.FileBytesMax)
        {
            throw new HoconException(
                origin,
                $"expected '{name}' to have at most {HoconLimits.FileBytesMax} bytes, found more");
        }

        if (_totalBytes > HoconLimits.TotalBytesMax)
        {
            throw new HoconException(
                origin,
                $"expected at most {HoconLimits.TotalBytesMax} bytes in all included files, found more");
        }

        return buffer[..length];
    }

    private static HoconOrigin PositionOf(byte[] bytes, int index, string name)
    {
        ReadOnlySpan<byte> before = bytes.AsSpan(0, index);
        int lineStart = before.LastIndexOf((byte)'\n') + 1;
        return new HoconOrigin(name, before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[lineStart..]) + 1);
    }

    private string DisplayName(string path)
    {
        string relative = Path.GetRelativePath(workingDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative.Replace('\\', '/');
    }
}
