using System.Text;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Webhooks;

namespace ActorBalancer.Engine.Tests.Webhooks;

/// <summary>Ended tasks for tests of their delivery.</summary>
internal static class WebhookTasks
{
    public static TaskId NewId() => new(Guid.CreateVersion7());

    public static TaskSnapshot Ended(
        TaskState state = TaskState.Succeeded, string? result = """{"success":true,"result":{"a":1}}""",
        string? error = null, string? contentType = null, TaskId? id = null) => new()
        {
            Id = id ?? NewId(),
            State = state,
            Queue = new QueueKey("hello", 1),
            Function = "hello",
            Priority = 1,
            Mode = TaskMode.Webhook,
            CreatedAtMilliseconds = 1,
            FinishedAtMilliseconds = 2,
            Result = result is null ? null : Encoding.UTF8.GetBytes(result),
            ResultContentType = contentType,
            Error = error,
            Delivery = new WebhookDelivery(WebhookDeliveryState.Pending, 0, 0, 0, null),
        };

    public static WebhookAddress Address(string url, params (string Name, string Value)[] headers)
        => new(url, [.. headers.Select(header => KeyValuePair.Create(header.Name, header.Value))]);

    public static ArchivedTask Archived(TaskSnapshot snapshot, WebhookAddress address, long? retention = null) => new()
    {
        Snapshot = snapshot,
        Options = new TaskOptions
        {
            Mode = TaskMode.Webhook,
            Webhook = address,
            RetentionMilliseconds = retention,
        },
    };

    /// <summary>Delivers it at the first try.</summary>
    public static Task<WebhookResult> SendAsync(
        this WebhookSender sender, TaskSnapshot task, WebhookAddress address, CancellationToken cancellationToken) =>
        sender.DeliverAsync(
            new ArchivedTask { Snapshot = task, Options = TaskOptions.Default }, address, 1, cancellationToken);
}
