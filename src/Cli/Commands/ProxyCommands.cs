using System.CommandLine;
using System.Text.Json;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm proxy</c>.</summary>
internal static class ProxyCommands
{
    /// <summary>Makes the commands.</summary>
    public static Command Make(CommandKit kit) => kit.Group(
        "proxy",
        "pools and backends of the proxy: list, drain, up, down",
        List(kit),
        Order(kit, "drain", "send a backend no new clients; those that it has stay"),
        Order(kit, "up", "let a backend take requests again"),
        Order(kit, "down", "send a backend nothing at all"));

    /// <summary>State of a backend in one word.</summary>
    public static Piece StateOf(JsonElement backend)
    {
        if (backend.Text("state") is { } state and not "active")
            return new Piece(backend.Flag("drained") ? "drained" : state, state == "down" ? Tone.Bad : Tone.Warn);
        return backend.Flag("healthy") ? new Piece("healthy", Tone.Good) : new Piece("unhealthy", Tone.Bad);
    }

    private static Command List(CommandKit kit) => kit.Shows(
        "list",
        "backends of all pools, their health and their share of the requests",
        [],
        async session =>
        {
            var answer = await session.GetAsync("/proxy");
            var table = new Table(
                new("POOL", Min: 6), new("BACKEND", Min: 6), new("URL", Min: 16), "STATE",
                new("WEIGHT", IsRight: true), new("ACTIVE", IsRight: true), new("REQUESTS", IsRight: true),
                new("SHARE", IsRight: true), new("SESSIONS", IsRight: true), new("LAST ERROR", Min: 8));
            foreach (var pool in answer.Items("pools"))
            {
                foreach (var backend in pool.Items("backends"))
                    AddRow(table, pool, backend);
            }

            return View.Of(answer, table, "no pools");
        },
        "abm proxy",
        "abm proxy --watch 1");

    private static void AddRow(Table table, JsonElement pool, JsonElement backend) => table.Add(
        pool.Text("pool"),
        backend.Text("id"),
        backend.Text("url"),
        StateOf(backend),
        backend.Text("weight"),
        Figures.Short(backend.Number("activeConnections")),
        Figures.Short(backend.Number("requests")),
        Figures.Share(backend.Number("share")),
        Figures.Short(backend.Number("sessions")),
        new Piece(backend.Text("lastError"), Tone.Dim));

    private static Command Order(CommandKit kit, string verb, string description)
    {
        var pool = new Argument<string>("pool") { Description = "name of the pool" };
        var id = new Argument<string>("backend") { Description = "id of the backend" };
        return kit.Does(
            verb,
            description,
            [pool, id],
            async session =>
            {
                var poolName = session.Get(pool)!;
                var backend = await session.PostAsync(
                    $"/proxy/{Query.Part(poolName)}/backends/{Query.Part(session.Get(id)!)}/{verb}");
                session.Tell(
                    backend, Line.Of($"{poolName} {backend.Text("id")} is ").Add(StateOf(backend)));
                return ExitCodes.Done;
            },
            $"abm proxy {verb} main 1");
    }
}
