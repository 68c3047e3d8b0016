using System.Globalization;
using System.Text;

namespace ActorBalancer.Api.Configuration;

/// <summary>
/// The file <c>.env</c> of the working directory, read as Node's <c>dotenv</c> does, so that an Andera file means the
/// same here: <c>NAME=value</c>, <c>export</c> in front, values in single, double or back quotes (which may hold line
/// ends), <c>\n</c> and <c>\r</c> escaped in double quotes only, a comment from <c>#</c> on outside of quotes. Of two
/// lines with one name the later wins. A line that is none of this is skipped with a warning.
/// </summary>
internal sealed class DotEnvFile
{
    /// <summary>The file's name.</summary>
    public const string FileName = ".env";

    // A file of settings is a few kilobytes.
    private const int BytesMax = 1024 * 1024;

    private readonly Dictionary<string, SettingText> _values = new(StringComparer.Ordinal);

    private readonly string _name;

    private DotEnvFile(string name) => _name = name;

    /// <summary>Nothing is set.</summary>
    public static DotEnvFile Empty { get; } = new(FileName);

    /// <summary>All names that are set, in no order.</summary>
    public IReadOnlyCollection<string> Names => _values.Keys;

    /// <summary>The value of a name, which may be empty; null when the file lacks it.</summary>
    public SettingText? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>Reads the file; one that is missing is empty.</summary>
    public static DotEnvFile Read(string workingDirectory, SettingsReport report)
    {
        var path = Path.Combine(workingDirectory, FileName);
        var file = new DotEnvFile(FileName);
        if (!File.Exists(path)) return file;
        try
        {
            using var stream = File.OpenRead(path);
            var buffer = new byte[BytesMax + 1];
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > BytesMax) report.Errors.Add($"{FileName}: more than {BytesMax} bytes");
            else file.Parse(Encoding.UTF8.GetString(buffer, 0, length), report);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            report.Errors.Add($"{FileName}: cannot be read: {error.Message}");
        }

        return file;
    }

    /// <summary>Reads a text of the file's form.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="text">The text.</param>
    /// <param name="report">Takes what is wrong or doubtful.</param>
    public static DotEnvFile Parse(string name, string text, SettingsReport report)
    {
        var file = new DotEnvFile(name);
        if (text.Length > BytesMax) report.Errors.Add($"{name}: more than {BytesMax} bytes");
        else file.Parse(text, report);
        return file;
    }

    private void Parse(string text, SettingsReport report)
    {
        var lines = text.TrimStart('\ufeff').ReplaceLineEndings("\n").Split('\n');
        for (var index = 0; index < lines.Length; index++)
        {
            var number = index + 1;
            var line = lines[index].Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            if (!TrySplit(line, out var name, out var raw))
            {
                report.Warnings.Add($"{_name}, line {number}: skipped, since it is not NAME=value");
                continue;
            }

            if (raw.Length > 0 && raw[0] is '"' or '\'' or '`')
            {
                if (TryReadQuoted(raw, lines, ref index) is { } quoted)
                {
                    Set(name, quoted, number);
                    continue;
                }

                report.Warnings.Add($"{_name}, line {number}: the quote before the value of "
                    + $"{SettingsReport.Quote(name)} never closes and counts as part of the value");
            }

            var comment = raw.IndexOf('#', StringComparison.Ordinal);
            if (comment > 0 && !char.IsWhiteSpace(raw[comment - 1]))
            {
                report.Warnings.Add($"{_name}, line {number}: the value of {SettingsReport.Quote(name)} ends before "
                    + "the '#', where a comment begins; put the value in quotes to keep the '#'");
            }

            Set(name, (comment < 0 ? raw : raw[..comment]).Trim(), number);
        }
    }

    private void Set(string name, string value, int line) => _values[name] =
        new SettingText(value, string.Create(CultureInfo.InvariantCulture, $"{_name}, line {line}"));

    private static bool TrySplit(string line, out string name, out string raw)
    {
        const string Export = "export";
        if (line.StartsWith(Export, StringComparison.Ordinal) && line.Length > Export.Length
            && char.IsWhiteSpace(line[Export.Length]))
        {
            line = line[Export.Length..].TrimStart();
        }

        var equals = line.IndexOf('=', StringComparison.Ordinal);
        name = equals < 0 ? "" : line[..equals].TrimEnd();
        raw = equals < 0 ? "" : line[(equals + 1)..].TrimStart();
        return name.Length > 0
            && name.All(static unit => char.IsAsciiLetterOrDigit(unit) || unit is '_' or '.' or '-');
    }

    /// <summary>Reads a value in quotes, which may go on over further lines.</summary>
    /// <returns>Null when the quote never closes: then the value is the rest of the line, quote and all.</returns>
    private static string? TryReadQuoted(string raw, string[] lines, ref int index)
    {
        var quote = raw[0];
        var value = new StringBuilder();
        var rest = raw[1..];
        for (var line = index; ; rest = lines[++line])
        {
            var close = IndexOfQuote(rest, quote);
            if (close >= 0)
            {
                index = line;
                value.Append(rest.AsSpan(0, close));
                return quote == '"' ? WithLineEnds(value.ToString()) : value.ToString();
            }

            if (line + 1 == lines.Length) return null;
            value.Append(rest).Append('\n');
        }
    }

    // A quote behind a backslash does not close; like dotenv, the backslash stays in the value.
    private static int IndexOfQuote(string text, char quote)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == quote && (index == 0 || text[index - 1] != '\\')) return index;
        }

        return -1;
    }

    private static string WithLineEnds(string text) => text
        .Replace("\\n", "\n", StringComparison.Ordinal)
        .Replace("\\r", "\r", StringComparison.Ordinal);
}
