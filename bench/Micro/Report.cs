using System.Globalization;

namespace ActorBalancer.Micro;

/// <summary>Collects figures and prints them as a table with their targets.</summary>
/// <remarks>
/// A harness of our own and not BenchmarkDotNet: most figures here are ratios of two ways taken in turns in one
/// process, or figures of the process as a whole (bytes held by idle actors), neither of which its isolated, one by one
/// runs give. Medians, because neighbours on the machine make some runs slow and none fast.
/// </remarks>
internal sealed class Report(string title)
{
    /// <summary>Runs of each measurement; odd, so that the median is one of them.</summary>
    private const int Runs = 5;

    private readonly List<string> _rows = [];
    private bool _passed = true;

    /// <summary>The median of a figure.</summary>
    internal static async Task<double> MedianAsync(Func<Task<double>> measure)
    {
        var values = new double[Runs];
        for (var i = 0; i < Runs; i++)
        {
            // Unwinds the stack: the end of a run calls its successor, and its frames would keep its objects alive.
            await Task.Yield();
            values[i] = await measure();
        }

        return Median(values);
    }

    /// <summary>The medians of two ways taken in turns, so that a slow spell of the machine hits both.</summary>
    internal static async Task<(double First, double Second)> MediansAsync(
        Func<Task<double>> first, Func<Task<double>> second)
    {
        var firsts = new double[Runs];
        var seconds = new double[Runs];
        for (var i = 0; i < Runs; i++)
        {
            await Task.Yield();
            firsts[i] = await first();
            seconds[i] = await second();
        }

        return (Median(firsts), Median(seconds));
    }

    /// <summary>Adds a figure that should be at most <paramref name="limit"/>.</summary>
    internal void AtMost(string what, double value, double limit, string unit) =>
        Add(what, Format(value, unit), "<= " + Format(limit, unit), value <= limit);

    /// <summary>Adds a figure that should be at least <paramref name="limit"/>.</summary>
    internal void AtLeast(string what, double value, double limit, string unit) =>
        Add(what, Format(value, unit), ">= " + Format(limit, unit), value >= limit);

    /// <summary>Adds a figure without a target.</summary>
    internal void Note(string what, double value, string unit) => Add(what, Format(value, unit), "", null);

    /// <summary>Prints the table.</summary>
    /// <returns>False when a target was missed.</returns>
    internal bool Print()
    {
        Console.WriteLine(title);
        Console.WriteLine($"{Environment.ProcessorCount} processors, .NET {Environment.Version}, medians of {Runs}");
        Console.WriteLine();
        Console.WriteLine($"| {"what",-52} | {"measured",14} | {"target",14} | {"",-6} |");
        Console.WriteLine($"|{new string('-', 54)}|{new string('-', 16)}|{new string('-', 16)}|{new string('-', 8)}|");
        foreach (var row in _rows) Console.WriteLine(row);
        return _passed;
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private static string Format(double value, string unit) =>
        value.ToString(value >= 100 ? "N0" : "N2", CultureInfo.InvariantCulture) + " " + unit;

    private void Add(string what, string measured, string target, bool? passed)
    {
        _passed &= passed ?? true;
        var verdict = passed switch { true => "pass", false => "MISSED", null => "" };
        _rows.Add($"| {what,-52} | {measured,14} | {target,14} | {verdict,-6} |");
    }
}
