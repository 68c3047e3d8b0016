using System.Text.Json;
using ActorBalancer.Api.Configuration;
using ActorBalancer.Api.Configuration.Proxy;
using ActorBalancer.Api.Health;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tasks;

namespace ActorBalancer.Api.Operations;

/// <summary><c>GET /config</c> and <c>POST /config/check</c>. Thread-safe.</summary>
/// <param name="settings">All settings.</param>
/// <param name="sources">As they were written, and where.</param>
internal sealed class ConfigEndpoint(BalancerSettings settings, IReadOnlyList<SettingView> sources)
{
    /// <summary>Largest text that is checked. Source: ours; that of the largest kind of file but for lists of
    /// workers.</summary>
    private const int TextBytesMax = 4 * 1024 * 1024;

    private const int NameLengthMax = 200;
    private const string KindRule = "hocon, env, workers or proxy";

    private static readonly string[] Names = ["kind", "name"];

    private static readonly (string Word, ConfigForm Kind, string Name)[] Kinds =
    [
        ("hocon", ConfigForm.Hocon, "the text"), ("env", ConfigForm.Environment, ".env"),
        ("workers", ConfigForm.Workers, "workers.json"), ("proxy", ConfigForm.Proxy, "config.json"),
    ];

    /// <summary>All settings with their values; secrets are shown as set or not.</summary>
    public Task ListAsync(HttpContext context) => JsonAnswer.WriteAsync(
        context.Response,
        StatusCodes.Status200OK,
        json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("settings"u8);
            foreach (var (setting, text) in sources)
                Write(json, setting, text);
            json.WriteEndArray();
            json.WriteEndObject();
        });

    /// <summary>Checks a text as a start would.</summary>
    public async Task CheckAsync(HttpContext context)
    {
        if (Take(context.Request.Query, out var kind, out var name) is { } error)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        var limit = Math.Min(TextBytesMax, settings.RequestBodyBytesMax);
        if (await TaskBody.ReadAsync(context.Request.BodyReader, limit) is not { } content)
        {
            var tooLarge = new EdgeError(413, "body_too_large", $"The body is larger than {limit} bytes.")
            {
                CloseConnection = true,
            };
            await EdgeErrors.WriteAsync(context, tooLarge);
            return;
        }

        var edge = new EdgeAddress(settings.Port, settings.BindAddresses);
        var verdict = ConfigCheck.Check(kind, name, content, edge);
        await JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("valid"u8, verdict.IsValid);
            WriteLines(json, "errors"u8, verdict.Errors);
            WriteLines(json, "warnings"u8, verdict.Warnings);
            json.WriteEndObject();
        });
    }

    private static void Write(Utf8JsonWriter json, Setting setting, SettingText text)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, setting.Name);
        json.WriteString("hocon"u8, $"{SettingsTable.Root}.{setting.Path}");
        if (!setting.IsSecret)
            json.WriteString("value"u8, text.Text);
        else if (text.Text.Length > 0)
            json.WriteString("value"u8, "***"u8);
        else
            json.WriteNull("value"u8);
        json.WriteString("default"u8, setting.Default);
        json.WriteBoolean("isSecret"u8, setting.IsSecret);
        json.WriteString("source"u8, text.Source);
        json.WriteString("description"u8, setting.Doc);
        json.WriteEndObject();
    }

    private static void WriteLines(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> lines)
    {
        json.WriteStartArray(name);
        foreach (var line in lines)
            json.WriteStringValue(line);
        json.WriteEndArray();
    }

    private static EdgeError? Take(IQueryCollection query, out ConfigForm kind, out string name)
    {
        (kind, name) = (default, "");
        string? word = null, file = null;
        foreach (var (parameter, values) in query)
        {
            if (Array.IndexOf(Names, parameter) < 0)
                return QueryErrors.Unknown(parameter, Names);
            if (values is not [{ Length: > 0 and <= NameLengthMax } value])
            {
                return QueryErrors.Wrong(
                    parameter, parameter == "kind" ? KindRule : $"1 to {NameLengthMax} characters", values);
            }

            if (parameter == "kind")
                word = value;
            else
                file = value;
        }

        word ??= file is null ? null : WordOf(Path.GetFileName(file));
        if (word is null)
            return QueryErrors.Missing("kind", KindRule);
        var place = Array.FindIndex(Kinds, one => one.Word == word);
        if (place < 0)
            return QueryErrors.Wrong("kind", KindRule, word);
        (_, kind, name) = Kinds[place];
        if (file is not null)
            name = SettingsReport.Quote(file).Trim('\'');
        return null;
    }

    // Null when the name says nothing.
    private static string? WordOf(string file) =>
        file.EndsWith(".conf", StringComparison.OrdinalIgnoreCase)
            || file.EndsWith(".hocon", StringComparison.OrdinalIgnoreCase) ? "hocon"
        : file.StartsWith(".env", StringComparison.OrdinalIgnoreCase)
            || file.EndsWith(".env", StringComparison.OrdinalIgnoreCase) ? "env"
        : !file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? null
        : file.StartsWith("workers", StringComparison.OrdinalIgnoreCase) ? "workers"
        : "proxy";
}
