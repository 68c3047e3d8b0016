using System.Text.Json;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>What a delivery carries.</summary>
/// <param name="Bytes">The body.</param>
/// <param name="ContentType">Its type.</param>
internal readonly record struct WebhookBody(ReadOnlyMemory<byte> Bytes, string ContentType)
{
    private const string Json = "application/json";

    /// <summary>The bare result of a task that succeeded, as its worker wrote it; for any other a JSON object that says
    /// how it ended.</summary>
    public static WebhookBody Of(TaskSnapshot task)
    {
        if (task.State != TaskState.Succeeded)
            return new WebhookBody(Describe(task), Json);
        var answer = task.Result ?? [];
        var kind = BareResult.Find(answer, out var bare);
        return new WebhookBody(answer.AsMemory(bare), kind switch
        {
            BareResultKind.Json => Json,
            BareResultKind.Text => task.ResultContentType ?? "text/plain; charset=utf-8",
            _ => task.ResultContentType ?? "application/octet-stream",
        });
    }

    private static byte[] Describe(TaskSnapshot task) => JsonSerializer.SerializeToUtf8Bytes(
        new FailedTask(false, task.Error ?? "", task.Id.ToString(), StateNames.Of(task.State)),
        WebhookJson.Default.FailedTask);
}
