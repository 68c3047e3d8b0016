namespace ActorBalancer.Api.Hosting;

/// <summary>
/// Lets a finished socket operation go on where the kernel's word came in, instead of handing it to the thread pool
/// first. A proxied request crosses four such places, and its code never blocks: measured, it costs a quarter less
/// processor time. The listener of the task API is not touched by it: Kestrel hands its requests to the pool by itself.
/// </summary>
internal static class InlineSockets
{
    private const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Call it before the first socket is made: the runtime reads its variable once. A value that the user
    /// has set stays.</summary>
    public static void Enable()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null)
            Environment.SetEnvironmentVariable(Variable, "1");
    }
}
