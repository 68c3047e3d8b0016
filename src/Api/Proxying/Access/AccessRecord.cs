using System.Net;
using System.Runtime.InteropServices;

namespace ActorBalancer.Api.Proxying.Access;

/// <summary>A request as it waits for its line: texts that exist anyway, and nothing that lives only as long as the
/// request.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Client">Who asked; null when unknown.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Host">As the client wrote it; empty without one.</param>
/// <param name="Target">As it stood in the request line, query included.</param>
/// <param name="Protocol">Such as <c>HTTP/1.1</c>.</param>
/// <param name="UserAgent">Empty without one.</param>
/// <param name="Referer">Empty without one.</param>
/// <param name="Entry">What the forwarder told.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AccessRecord(
    DateTimeOffset At, IPAddress? Client, string Method, string Host, string Target, string Protocol, string UserAgent,
    string Referer, AccessEntry Entry)
{
    /// <summary>Characters that it keeps, and something for the record itself.</summary>
    public int Cost => AccessLog.EntryCost + Host.Length + Target.Length + UserAgent.Length + Referer.Length;
}
