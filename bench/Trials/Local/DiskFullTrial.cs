using System.Diagnostics;
using ActorBalancer.Testing.Workers;
using ActorBalancer.Trials.Rigs;
using Microsoft.Data.Sqlite;

namespace ActorBalancer.Trials.Local;

/// <summary>Fills the disk (a tmpfs of 8 MB) and frees it again; then lets one force of the log fail.</summary>
internal sealed class DiskFullTrial : Trial
{
    private const int Posts = 50;
    private static readonly TimeSpan AcceptsAgainMax = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override string Name => "03-disk-full-and-fsync-error";

    /// <inheritdoc/>
    public override async Task<TrialResult> RunAsync(TrialSettings settings)
    {
        var full = await FillAsync();
        var broken = await BreakAsync(new Random(settings.Seed));
        return full with
        {
            Seeds = $"{settings.Seed}",
            Acked = full.Acked + broken.Acked,
            Lost = full.Lost + broken.Lost,
            Unexpected = full.Unexpected + broken.Unexpected,
            Duplicated = full.Duplicated + broken.Duplicated,
            Pass = full.Pass && broken.Pass,
            Notes = [.. full.Notes, .. broken.Notes],
        };
    }

    private async Task<TrialResult> FillAsync()
    {
        using var disk = new TemporaryFolder();
        Run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk.Path);
        try
        {
            await using var rig = await Rig.StartAsync(new RigOptions { Settings = [("DATA_DIR", disk.Path)] });
            var load = new Load(rig);
            await load.RunAsync(200, 8, CancellationToken.None);
            var filler = disk.Combine("filler");
            Fill(filler);
            var (accepted, refused, silent) = await PostWhileFullAsync(rig, load);
            var isHealthBad = !await rig.Client.IsReadyAsync();
            var isAlive = !rig.Balancer.HasExited;
            File.Delete(filler);
            var back = await Poll.UntilAsync(
                async () => (await load.PostAsync(false, 0)).IsGood,
                TimeSpan.FromSeconds(30), "posts to be taken again");
            await load.RunAsync(200, 8, CancellationToken.None);
            var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(120));
            await rig.StopBalancerAsync();
            var check = Check(disk.Combine("actorbalancer.db"));
            return verdict.ToResult(
                Name, "", refused > 0 && silent == 0 && isAlive && isHealthBad && back <= AcceptsAgainMax
                    && check == "ok",
                $"full: {accepted} taken, {refused} refused with 503, {silent} refused otherwise or without Retry-After; " +
                $"process alive {isAlive}, /health 503 {isHealthBad}; free: taken again after {back.TotalSeconds:0.0} s, " +
                $"integrity {check}");
        }
        finally
        {
            Run("umount", "-l", disk.Path);
        }
    }

    private static async Task<(int Accepted, int Refused, int Silent)> PostWhileFullAsync(Rig rig, Load load)
    {
        var (accepted, refused, silent) = (0, 0, 0);
        for (var number = 0; number < Posts && !rig.Balancer.HasExited; number++)
        {
            // Ten refusals in a row mean that the disk is full for good; before it, a last task may find room.
            var answer = await load.PostAsync(number % 2 == 0, 0);
            if (answer.IsGood)
                accepted++;
            else if (answer is { Status: 503 or 507, RetryAfter: not null })
                refused++;
            else
                silent++;
        }

        return (accepted, refused, silent);
    }

    // After one failed force nothing that it covered may be acknowledged unless it is written and forced again.
    private async Task<TrialResult> BreakAsync(Random random)
    {
        await using var rig = await Rig.StartAsync();
        await rig.KillBalancerAsync();
        var record = Path.Combine(rig.Folder, "calls");
        await rig.StartBalancerAsync(Strace.Record(record, $"fsync:error=EIO:when={random.Next(20, 60)}"));
        await rig.WaitForWorkersAsync();
        await new Load(rig).RunAsync(400, 4, CancellationToken.None);
        var hasEnded = rig.Balancer.HasExited;
        if (!hasEnded)
            await rig.KillBalancerAsync();
        var order = AckOrder.Read(record);
        var violations = order.Violations(rig.Ledger.Acked);
        await rig.StartBalancerAsync();
        await rig.WaitForWorkersAsync();
        var verdict = await Verdict.ReachAsync(rig, TimeSpan.FromSeconds(120));
        return verdict.ToResult(
            Name, "", violations.Count == 0 && order.Failed > 0,
            [
                $"EIO: {order.Failed} forces failed, {violations.Count} acks rest on one of them; the process " +
                $"{(hasEnded ? "ended" : "went on")}", .. violations.Take(3),
            ]);
    }

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
                file.Write(block);
        }
        catch (IOException)
        {
            // Full: what was wanted.
        }
    }

    private static string Check(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        return (string)command.ExecuteScalar()!;
    }

    private static void Run(string command, params string[] arguments)
    {
        using var process = Process.Start(command, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new TrialException($"{command} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
