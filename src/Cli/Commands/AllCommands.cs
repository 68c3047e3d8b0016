using System.CommandLine;

namespace ActorBalancer.Cli.Commands;

/// <summary>The commands in the order of the help.</summary>
internal static class AllCommands
{
    /// <summary>Makes them.</summary>
    public static IEnumerable<Command> Make(CommandKit kit) =>
    [
        StatusCommand.Make(kit),
        TopCommand.Make(kit),
        NodeCommands.Make(kit),
        WorkerCommands.Make(kit),
        QueueCommands.Make(kit),
        TaskCommands.Make(kit),
        DeadCommands.Make(kit),
        ProxyCommands.Make(kit),
        ActorCommands.Make(kit),
        LogCommands.Make(kit),
        ConfigCommands.Make(kit),
        BenchCommand.Make(kit),
        ProfileCommands.Make(kit),
        CompletionCommands.Make(kit),
    ];
}
