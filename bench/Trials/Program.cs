using System.Globalization;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials;

/// <summary>Runs trials and prints their table; ends with 1 when one failed, with 2 when the command is
/// wrong.</summary>
internal static class Program
{
    private const string Usage = """
        trials [--seed N] [--ci] [NAME...]     runs the named trials, or all
        trials --list                          names them
        crash --rounds N [--kill balancer|worker|both] [--seed N]
        backend PORT ID                        is a backend of the proxy's trials, until it is killed
        """;

    private static async Task<int> Main(string[] arguments)
    {
        var seed = Environment.TickCount & 0xffff;
        if (Value(arguments, "--seed") is { } text
            && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seed))
            return await FailAsync($"--seed is '{text}': a whole number is wanted");
        switch (arguments.FirstOrDefault())
        {
            case "crash":
                var given = Value(arguments, "--rounds") ?? "5";
                if (!int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds))
                    return await FailAsync("--rounds wants a whole number");
                var kill = Value(arguments, "--kill") ?? "balancer";
                return Enum.TryParse<Victims>(kill, ignoreCase: true, out var victims)
                    ? await RunAsync([new CrashTrial(rounds, victims)], new TrialSettings(seed, false))
                    : await FailAsync($"--kill is '{kill}': balancer, worker or both are known");
            case "backend" when arguments is [_, var port, var id]:
                await new TrialBackend(Whole(id)).RunAsync(Whole(port));
                return 0;
            case "trials" when arguments.Contains("--list"):
                foreach (var trial in TrialList.All)
                    Console.WriteLine(trial.Name);
                return 0;
            case "trials":
                return await RunNamedAsync(arguments, seed);
            default:
                return await FailAsync("say what to run");
        }
    }

    private static async Task<int> RunNamedAsync(string[] arguments, int seed)
    {
        var isShort = arguments.Contains("--ci");
        var option = arguments.FirstOrDefault(static argument =>
            argument.StartsWith("--", StringComparison.Ordinal) && argument is not ("--ci" or "--seed"));
        if (option is not null)
            return await FailAsync($"{option} is not known: --ci and --seed N are");
        var names = arguments.Skip(1).Where((argument, index) =>
            !argument.StartsWith("--", StringComparison.Ordinal) && arguments[index] != "--seed").ToList();
        var unknown = names.Where(static name => TrialList.Find(name) is null).ToList();
        if (unknown.Count > 0)
        {
            return await FailAsync(
                $"no trial is named {string.Join(", ", unknown)}; there are: " +
                string.Join(", ", TrialList.All.Select(static trial => trial.Name)));
        }

        var trials = names.Count > 0
            ? [.. names.Select(static name => TrialList.Find(name)!)]
            : TrialList.All.Where(trial => !isShort || trial.IsInShortRun).ToList();
        return await RunAsync(trials, new TrialSettings(seed, isShort));
    }

    private static async Task<int> RunAsync(IReadOnlyList<Trial> trials, TrialSettings settings)
    {
        await Console.Error.WriteLineAsync($"seed {settings.Seed}");
        var results = new List<TrialResult>();
        foreach (var trial in trials)
        {
            try
            {
                results.Add(await RunAsync(trial, settings));
            }
            catch (Exception exception)
            {
                results.Add(new TrialResult
                {
                    Trial = trial.Name,
                    Seeds = $"{settings.Seed}",
                    Pass = false,
                    Notes = [exception.ToString()],
                });
            }

            await Console.Error.WriteLineAsync($"{results[^1]}");
        }

        Console.WriteLine("trial | seeds | attempted | acked | lost | unexpected | duplicated | pass");
        foreach (var result in results)
            Console.WriteLine(result);
        foreach (var result in results)
        {
            foreach (var note in result.Notes)
                Console.WriteLine($"  {result.Trial}: {note}");
        }

        return results.TrueForAll(static result => result.Pass) ? 0 : 1;
    }

    private static async Task<TrialResult> RunAsync(Trial trial, TrialSettings settings)
    {
        var tries = 1;
        var result = await trial.RunAsync(settings);
        for (; !result.Pass && result is { Lost: 0, Unexpected: 0 } && tries < trial.TriesMax; tries++)
            result = await trial.RunAsync(settings);
        return tries == 1 ? result : result with { Notes = [.. result.Notes, $"run {tries} times"] };
    }

    private static string? Value(string[] arguments, string name)
    {
        var index = Array.IndexOf(arguments, name);
        return index >= 0 && index + 1 < arguments.Length ? arguments[index + 1] : null;
    }

    private static int Whole(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static async Task<int> FailAsync(string fault)
    {
        await Console.Error.WriteLineAsync($"{fault}\n{Usage}");
        return 2;
    }
}
