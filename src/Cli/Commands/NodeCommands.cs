using System.CommandLine;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm nodes</c>: the balancers that work together.</summary>
internal static class NodeCommands
{
    /// <summary>Makes the command.</summary>
    public static Command Make(CommandKit kit) => kit.Shows(
        "nodes",
        "nodes of the cluster, their roles, and who owns which workers",
        [],
        async session =>
        {
            var answer = await session.GetAsync("/nodes");
            var table = new Table(
                new("NODE", Min: 8), "ROLES", "STATE", new("HOST", Min: 8), "PROCESS", "VERSION", "STARTED",
                new("OWNS", Min: 10));
            foreach (var node in answer.Items("nodes"))
            {
                table.Add(
                    (node.Text("id") ?? "(alone)") + (node.Flag("self") && answer.Flag("cluster") ? " *" : ""),
                    node.List("roles"),
                    States.Show(node.Flag("leaving") ? "leaving" : "up"),
                    node.Text("host"),
                    node.Text("processId"),
                    Figures.Version(node.Text("version")),
                    Figures.Age(node.Moment("startedAt"), session.Now),
                    node.Items("owns").Any() ? node.List("owns") : Figures.None);
            }

            return View.Of(answer, table, "no nodes");
        },
        "abm nodes",
        "abm nodes --json | jq -r '.nodes[].id'");
}
