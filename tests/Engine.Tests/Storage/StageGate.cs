using ActorBalancer.Engine.Storage.Journal;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>Watches the journal's writer, holds it up at a stage, or makes it fail there.</summary>
internal sealed class StageGate
{
    private readonly Lock _lock = new();
    private readonly Dictionary<JournalStage, int> _counts = [];
    private readonly List<(JournalStage Stage, int Count, TaskCompletionSource Reached)> _waiters = [];
    private readonly Dictionary<JournalStage, ManualResetEventSlim> _held = [];
    private readonly Dictionary<JournalStage, int> _failures = [];

    public int Count(JournalStage stage)
    {
        lock (_lock)
            return _counts.GetValueOrDefault(stage);
    }

    /// <summary>Completes when the writer has reached the stage so many times more; to be taken before the
    /// act.</summary>
    public Task Next(JournalStage stage, int times = 1)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
            _waiters.Add((stage, _counts.GetValueOrDefault(stage) + times, reached));
        return reached.Task.Guarded($"the writer did not reach {stage}");
    }

    /// <summary>Keeps the writer at the stage until <see cref="Release"/>.</summary>
    public void Hold(JournalStage stage)
    {
        lock (_lock)
            _held.Add(stage, new ManualResetEventSlim());
    }

    public void Release(JournalStage stage)
    {
        lock (_lock)
        {
            _held.Remove(stage, out var held);
            held!.Set();
        }
    }

    /// <summary>Makes the next passes of the stage fail; 0 ends it.</summary>
    public void Fail(JournalStage stage, int times)
    {
        lock (_lock)
            _failures[stage] = times;
    }

    public void OnStage(JournalStage stage)
    {
        ManualResetEventSlim? held;
        bool fails;
        lock (_lock)
        {
            var count = _counts.GetValueOrDefault(stage) + 1;
            _counts[stage] = count;
            foreach (var waiter in _waiters.FindAll(waiter => waiter.Stage == stage && waiter.Count <= count))
            {
                _waiters.Remove(waiter);
                waiter.Reached.SetResult();
            }

            held = _held.GetValueOrDefault(stage);
            fails = _failures.GetValueOrDefault(stage) > 0;
            if (fails)
                _failures[stage]--;
        }

        held?.Wait();
        if (fails)
            throw new SqliteFailure(10, "disk I/O error, planted by the test");
    }
}
