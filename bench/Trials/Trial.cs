namespace ActorBalancer.Trials;

/// <summary>How a trial is to be run.</summary>
/// <param name="Seed">First seed; a trial that wants several takes the following ones.</param>
/// <param name="Short">True for the subset that runs with every change: fewer rounds, the same questions.</param>
internal sealed record TrialSettings(int Seed, bool Short);

/// <summary>One trial. Its name begins with its number in the plan of trials, or with its part.</summary>
internal abstract class Trial
{
    /// <summary>Number and name, such as <c>01-kill</c>, or part and name, such as <c>proxy-soak</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the short run has it.</summary>
    public virtual bool IsInShortRun => true;

    /// <summary>How often it is run until it passes: more than once for one that compares times, which a busy machine
    /// bends. What it counts is judged each time.</summary>
    public virtual int TriesMax => 1;

    /// <summary>Runs it on processes and folders of its own.</summary>
    public abstract Task<TrialResult> RunAsync(TrialSettings settings);
}
