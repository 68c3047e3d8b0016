using System.Text.Json;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>
/// What a task's record holds beyond its columns: the sender's options and trace context. A task that asks for nothing
/// has none of it. The webhook's address is sealed, because its headers may hold secrets; all else stays readable for
/// whoever opens the file under another balancer key.
/// </summary>
/// <param name="Options">The options, without the webhook.</param>
/// <param name="TraceParent">Value of <c>traceparent</c>; null for none.</param>
/// <param name="SealedWebhook">The address, encrypted; null for none.</param>
internal sealed record TaskExtras(TaskOptions Options, string? TraceParent, byte[]? SealedWebhook)
{
    /// <summary>The extras of a task that has none.</summary>
    public static TaskExtras None { get; } = new(TaskOptions.Default, null, null);

    private static ReadOnlySpan<byte> OrderingKeyName => "\"orderingKey\":"u8;

    // Binds what is sealed to its purpose, as the cipher asks for.
    private static ReadOnlySpan<byte> Purpose => "task webhook"u8;

    /// <summary>The extras as bytes for the file; null when the task has none.</summary>
    public static byte[]? Write(TaskOptions options, string? traceParent, WorkerKeyCipher cipher)
    {
        if (traceParent is null && (ReferenceEquals(options, TaskOptions.Default) || options == TaskOptions.Default))
            return null;

        byte[]? webhook = null;
        if (options.Webhook is { } address)
        {
            webhook = cipher.SealBytes(
                JsonSerializer.SerializeToUtf8Bytes(address, JournalJson.Default.WebhookAddress), Purpose);
            options = options with { Webhook = null };
        }

        return JsonSerializer.SerializeToUtf8Bytes(
            new TaskExtras(options, traceParent, webhook), JournalJson.Default.TaskExtras);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="bytes">Content of the column; empty for none.</param>
    /// <param name="cipher">Opens the webhook.</param>
    /// <param name="isReadable">False when the webhook was sealed under another balancer key: the task is then one of
    /// mode async, so that its result is kept to be asked for.</param>
    /// <exception cref="JsonException">The bytes are something else.</exception>
    public static TaskExtras Read(ReadOnlySpan<byte> bytes, WorkerKeyCipher cipher, out bool isReadable)
    {
        isReadable = true;
        if (bytes.IsEmpty)
            return None;
        var extras = JsonSerializer.Deserialize(bytes, JournalJson.Default.TaskExtras);
        if (extras?.Options is null)
            throw new JsonException("The extras of a task have no options.");
        if (extras.SealedWebhook is null)
            return extras;

        var opened = cipher.OpenBytes(extras.SealedWebhook, Purpose);
        isReadable = opened is not null;
        return extras with
        {
            SealedWebhook = null,
            Options = opened is null
                ? extras.Options with { Mode = TaskMode.Async }
                : extras.Options with
                {
                    Webhook = JsonSerializer.Deserialize(opened, JournalJson.Default.WebhookAddress),
                },
        };
    }

    /// <summary>The ordering key alone, for lists; null for none, and for bytes that are something else.</summary>
    public static string? ReadOrderingKey(ReadOnlySpan<byte> bytes)
    {
        // Few tasks have a key: no others are read for it.
        if (bytes.IndexOf(OrderingKeyName) < 0)
            return null;
        try
        {
            return JsonSerializer.Deserialize(bytes, JournalJson.Default.TaskExtras)?.Options?.OrderingKey;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
