using System.Buffers;
using System.Text;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tests.Hosting;

/// <summary>Makes workers' answers.</summary>
internal static class Replies
{
    public static WorkerReply Of(ReadOnlySpan<byte> body, string? contentType)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1, body.Length));
        body.CopyTo(buffer);
        return new WorkerReply(buffer, body.Length, contentType);
    }

    public static WorkerReply Of(string body, string? contentType = "application/json") =>
        Of(Encoding.UTF8.GetBytes(body), contentType);
}
