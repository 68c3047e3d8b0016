using ActorBalancer.Trials.Rigs;
using Microsoft.Data.Sqlite;

namespace ActorBalancer.Trials.Local;

/// <summary>Cuts the log at any byte, and turns any byte of the file: the balancer starts or refuses clearly, what
/// SQLite itself can still read is there, and nothing wrong is served.</summary>
internal sealed class DamagedFileTrial : Trial
{
    private const int Tasks = 1_500;

    /// <inheritdoc/>
    public override string Name => "04-torn-or-flipped-file";

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var random = new Random(settings.Seed);
        var rounds = settings.Short ? 4 : 50;
        await using var rig = await Rig.StartAsync();
        await rig.Client.SendAsync(HttpMethod.Post, "/queues/hello/1/pause");
        await new Load(rig).RunAsync(Tasks, 8, CancellationToken.None);
        await rig.KillBalancerAsync();
        var torn = Copy(rig.DataFolder, Path.Combine(rig.Folder, "torn"));

        // A start and a stop in good order put everything into the file itself.
        await rig.StartBalancerAsync();
        await rig.StopBalancerAsync();
        var whole = Copy(rig.DataFolder, Path.Combine(rig.Folder, "whole"));

        var tally = new Tally();
        for (var round = 0; round < rounds; round++)
        {
            await TryAsync(
                rig, torn, "actorbalancer.db-wal", tally, file => file.SetLength(random.NextInt64(file.Length)));
            await TryAsync(rig, whole, "actorbalancer.db", tally, file => Flip(file, random));
        }

        return new TrialResult
        {
            Trial = Name,
            Seeds = $"{settings.Seed}",
            Acked = rig.Ledger.AckedCount,
            Lost = tally.Lost,
            Unexpected = tally.Unexpected,
            Pass = tally is { Lost: 0, Unexpected: 0, Silent: 0 } && tally.Started + tally.Refused == 2 * rounds,
            Notes =
            [
                $"{rounds} cuts and {rounds} flips: {tally.Started} started, {tally.Refused} refused in words, " +
                $"{tally.Silent} went wrong without a word; {tally.Missing} tasks were told to be damaged",
                .. tally.Faults,
            ],
        };
    }

    private static async Task TryAsync(Rig rig, string from, string name, Tally tally, Action<FileStream> damage)
    {
        Directory.Delete(rig.DataFolder, recursive: true);
        Copy(from, rig.DataFolder);
        using (var file = new FileStream(Path.Combine(rig.DataFolder, name), FileMode.Open, FileAccess.ReadWrite))
            damage(file);
        var readable = ReadIds(Copy(rig.DataFolder, rig.DataFolder + "-look"));
        Directory.Delete(rig.DataFolder + "-look", recursive: true);
        rig.LaunchBalancer(settings: [("WORKERS_FILE", "none.json")]);
        var isUp = false;
        await Poll.UntilAsync(
            async () => rig.Balancer.HasExited || (isUp = await rig.Client.IsReadyAsync()),
            TimeSpan.FromSeconds(30), "a start or a refusal");
        if (!isUp)
        {
            var words = await rig.Balancer.ReadErrorsAsync() + rig.Balancer.Output;
            await rig.Balancer.DisposeAsync();
            if (words.Contains("actorbalancer.db", StringComparison.Ordinal))
                tally.Refused++;
            else
                tally.Blame($"it ended without saying why: {words}");
            return;
        }

        tally.Started++;
        await CompareAsync(rig, readable, tally);
        await rig.StopBalancerAsync();
    }

    // A task that is not there although SQLite can read it must have been named as damaged.
    private static async Task CompareAsync(Rig rig, HashSet<string> readable, Tally tally)
    {
        var seen = await rig.Client.ListAsync();
        var isTold = rig.Balancer.Output.Contains("damaged", StringComparison.OrdinalIgnoreCase)
            || rig.Balancer.Output.Contains("malformed", StringComparison.OrdinalIgnoreCase);
        foreach (var id in readable.Where(id => !seen.ContainsKey(id)))
        {
            if (isTold)
                tally.Missing++;
            else
                tally.Lose($"{id} lies in the file, but it was not brought back and nothing was said");
        }

        foreach (var id in seen.Keys.Where(id => rig.Ledger.FindTask(id) is null && !readable.Contains(id)))
        {
            if (isTold)
                tally.Missing++;
            else
                tally.Surprise($"{id} was brought back, but nobody posted it");
        }
    }

    private static void Flip(FileStream file, Random random)
    {
        file.Position = random.NextInt64(file.Length);
        var value = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(value ^ (1 << random.Next(8))));
    }

    // What an SQLite that knows nothing of us still finds, on a copy, since looking may change the files.
    private static HashSet<string> ReadIds(string folder)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            using var connection = new SqliteConnection(
                $"Data Source={Path.Combine(folder, "actorbalancer.db")};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            foreach (var (table, isBigEndian) in new[] { ("tasks", false), ("archive", true) })
            {
                command.CommandText = $"SELECT id FROM {table}";
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    // A turned bit may make anything of a column.
                    if (reader[0] is byte[] { Length: 16 } bytes)
                        ids.Add(new Guid(bytes, isBigEndian).ToString("N"));
                }
            }
        }
        catch (SqliteException)
        {
            // Nothing more can be read; the balancer may still, or refuse.
        }

        return ids;
    }

    private static string Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        return to;
    }

    private sealed class Tally
    {
        public int Started { get; set; }

        public int Refused { get; set; }

        public int Silent { get; private set; }

        public int Missing { get; set; }

        public int Lost { get; private set; }

        public int Unexpected { get; private set; }

        public List<string> Faults { get; } = [];

        public void Lose(string what)
        {
            Lost++;
            Say(what);
        }

        public void Surprise(string what)
        {
            Unexpected++;
            Say(what);
        }

        public void Blame(string what)
        {
            Silent++;
            Say(what);
        }

        private void Say(string what)
        {
            if (Faults.Count < 3)
                Faults.Add(what);
        }
    }
}
