namespace ActorBalancer.Testing;

/// <summary>
/// Something that a test waits for instead of sleeping. Set once or more; whoever waits goes on elsewhere than on the
/// thread that sets it.
/// </summary>
/// <param name="what">What is waited for, in words, for the message when it does not come.</param>
public sealed class TestSignal(string what)
{
    /// <summary>How long any wait in a test lasts before it is taken for a hang, in real time.</summary>
    public static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _source = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True once set.</summary>
    public bool IsSet => _source.Task.IsCompleted;

    /// <summary>Lets all waiters go on, now and later.</summary>
    public void Set() => _source.TrySetResult();

    /// <summary>Ends when the signal is set.</summary>
    /// <exception cref="TimeoutException">It was not set within <see cref="Guard"/>.</exception>
    public async Task WaitAsync()
    {
        try
        {
            await _source.Task.WaitAsync(Guard);
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"Waited {Guard} in vain for: {what}.", exception);
        }
    }
}
