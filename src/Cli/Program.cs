namespace ActorBalancer.Cli;

/// <summary>abm as a process.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => throw new NotSupportedException(string.Join(' ', args));
}
