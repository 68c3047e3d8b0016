namespace ActorBalancer.Engine.Routing;

/// <summary>
/// A target's latency as a peak EWMA: a latency above the present value is taken at once, a lower one pulls the value
/// down by how much time has passed, and without any measurement the value fades and is forgotten after 8 decay times,
/// so that a target that was slow is tried again. One for each target; safe from any thread, without locks or
/// allocation.
/// </summary>
/// <remarks>
/// <para>Source: the peak EWMA of Twitter's Finagle, also used by Linkerd. Time is passed in by the caller.</para>
/// <para>
/// The value and its time share one 64-bit word, which is what makes compare-and-swap enough: the upper half is the
/// value as a float of milliseconds, the lower half the time in units of decay / 16384, wrapping around. Measurements
/// within one unit (0.6 ms at the default decay) of the last count only if they are peaks. The wrap comes after
/// 262,144 decay times (30 days at the default): a target that was idle for just that long, give or take a few decay
/// times, shows its old value again.
/// </para>
/// </remarks>
public sealed class LatencyEwma
{
    private const double UnitsPerDecay = 1 << 14;

    /// <summary>The last stretch of the wrapping range stands for times that went back: 64 decay times.</summary>
    private const uint BackwardsMin = uint.MaxValue - (64 * (uint)UnitsPerDecay);

    /// <summary>
    /// 8 decay times; a value has then faded to 0.03 %. Source: ours. Fading alone would leave a number so small that
    /// all work runs to the idle target at once; forgotten, it is a target to be tried by one piece of work.
    /// </summary>
    private const uint ForgottenMin = 8 * (uint)UnitsPerDecay;

    private const float MillisecondsMin = 0.001f;

    private readonly double _unitsPerTick;

    /// <summary>Value and time packed as described above; 0 while nothing was measured.</summary>
    private long _state;

    /// <summary>Makes a value that was never measured.</summary>
    /// <param name="decay">
    /// Time in which a value falls to 37 % (1/e); above zero. Work that takes longer than this needs a longer decay,
    /// or values are forgotten before the next one comes. See <see cref="DefaultDecay"/>.
    /// </param>
    /// <param name="timestampFrequency">
    /// Ticks a second of the timestamps to come: <see cref="TimeProvider.TimestampFrequency"/>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The decay or the frequency is not above zero.</exception>
    public LatencyEwma(TimeSpan decay, long timestampFrequency)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(decay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(timestampFrequency);
        _unitsPerTick = UnitsPerDecay / (decay.TotalSeconds * timestampFrequency);
    }

    /// <summary>10 seconds. Source: Finagle's default.</summary>
    public static TimeSpan DefaultDecay { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Takes a measurement in.</summary>
    /// <param name="latency">
    /// How long the work took. Less than a microsecond counts as one, because 0 means "not measured".
    /// </param>
    /// <param name="timestamp">
    /// When it was measured: <see cref="TimeProvider.GetTimestamp"/>. One older than the last counts as equally old.
    /// </param>
    public void Observe(TimeSpan latency, long timestamp)
    {
        float measured = Math.Max((float)latency.TotalMilliseconds, MillisecondsMin);
        uint now = UnitsAt(timestamp);
        long seen = Volatile.Read(ref _state);
        while (true)
        {
            long next = Next(seen, measured, now);
            long found = Interlocked.CompareExchange(ref _state, next, seen);
            if (found == seen)
                return;
            seen = found;
        }
    }

    /// <summary>The value at a time.</summary>
    /// <param name="timestamp">Now: <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <returns>Milliseconds; 0 while nothing was measured, and once the last measurement is forgotten.</returns>
    public double ReadMilliseconds(long timestamp)
    {
        long state = Volatile.Read(ref _state);
        uint elapsed = Elapsed(state, UnitsAt(timestamp));
        return elapsed >= ForgottenMin ? 0 : ValueOf(state) * Remaining(elapsed);
    }

    private static long Next(long seen, float measured, uint now)
    {
        if (seen == 0)
            return Pack(measured, now);

        uint elapsed = Elapsed(seen, now);
        uint time = TimeOf(seen) + elapsed;
        float value = ValueOf(seen);
        if (measured > value)
            return Pack(measured, time);

        double kept = Remaining(elapsed);
        return Pack((float)((value * kept) + (measured * (1 - kept))), time);
    }

    private uint UnitsAt(long timestamp) => unchecked((uint)(long)(timestamp * _unitsPerTick));

    private static uint Elapsed(long state, uint now)
    {
        uint difference = unchecked(now - TimeOf(state));
        return difference >= BackwardsMin ? 0 : difference;
    }

    private static double Remaining(uint elapsed) => Math.Exp(-elapsed / UnitsPerDecay);

    private static long Pack(float milliseconds, uint time) =>
        ((long)BitConverter.SingleToInt32Bits(milliseconds) << 32) | time;

    private static float ValueOf(long state) => BitConverter.Int32BitsToSingle((int)(state >> 32));

    private static uint TimeOf(long state) => unchecked((uint)state);
}
