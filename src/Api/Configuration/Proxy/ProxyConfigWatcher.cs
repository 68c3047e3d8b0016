using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using ActorBalancer.Actors;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Api.Configuration.Proxy;

/// <summary>
/// Reads the configuration of the proxy at the start and again whenever one of its files changes: the smart-stick file,
/// the HOCON file, what it includes, and files of secrets. A changed configuration counts only as a whole and only when
/// it is right; otherwise the old one stays, each fault is logged, and an alert is published. <see cref="LoadAsync"/>
/// and <see cref="Start"/> are called once, in this order.
/// </summary>
/// <param name="source">Where the configuration stands.</param>
/// <param name="key">The balancer's key, from which secrets are derived that are not named.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where changes and faults are logged.</param>
/// <param name="events">Where a change that was refused, if only in part, is published as an <see cref="Alert"/>.
/// </param>
internal sealed class ProxyConfigWatcher(
    ProxySource source, string key, TimeProvider time, ILogger logger, EventStream events) : IAsyncDisposable
{
    /// <summary>How long the files must rest before they are read: editors write in several steps.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    /// <summary>How often the files are looked at in any case: not every file system tells of changes.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>Rests that a file may be changed in again before it is read all the same.</summary>
    private const int RestsMax = 25;

    private readonly Channel<bool> _touches =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource _stopping = new();
    private FileTouches? _watched;
    private ITimer? _look;
    private Task _running = Task.CompletedTask;
    private IReadOnlyList<string> _files = [];

    /// <summary>Of the files as they were last read, whether what they said was good or not.</summary>
    private string _seen = "";

    /// <summary>Reads the configuration for the start. What is doubtful in it is not logged: whoever loaded the
    /// settings has said it.</summary>
    /// <exception cref="ProxyConfigException">It is wrong.</exception>
    public Task<ProxyOptions> LoadAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var reading = Read();
            var options = reading.Options ?? throw new ProxyConfigException(reading.Errors);
            if (_files.Count > 0)
                Tell(isGood: true);
            return options;
        },
        cancellationToken);

    /// <summary>Begins to watch; needs a configuration that was loaded.</summary>
    /// <param name="changed">Makes a changed configuration count. Never called twice at a time. What it throws refuses
    /// the change, but for a <see cref="PartlyAppliedException"/>: the change then counts with what it names left
    /// out.</param>
    public void Start(Func<ProxyOptions, CancellationToken, ValueTask> changed)
    {
        if (_files.Count == 0)
            return;
        _watched = new FileTouches(Touch, logger);
        _watched.Watch(_files);
        _look = time.CreateTimer(_ => Touch(), null, LookInterval, LookInterval);
        _running = Task.Run(() => RunAsync(changed));

        // What changed between the load and now was not seen by anybody.
        Touch();
    }

    /// <summary>Stops to watch; a change that is being made ends first.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync();
        _look?.Dispose();
        await _running;
        _watched?.Dispose();
        _stopping.Dispose();
    }

    private void Touch() => _touches.Writer.TryWrite(true);

    private async Task RunAsync(Func<ProxyOptions, CancellationToken, ValueTask> changed)
    {
        var stopping = _stopping.Token;
        try
        {
            while (true)
            {
                await _touches.Reader.ReadAsync(stopping);
                try
                {
                    await LookAsync(changed, stopping);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    ProxyConfigLog.LookFailed(logger, exception);
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private async Task LookAsync(
        Func<ProxyOptions, CancellationToken, ValueTask> changed, CancellationToken cancellationToken)
    {
        var now = Print(_files);
        if (now == _seen)
            return;
        for (var rests = 0; rests < RestsMax; rests++)
        {
            await Task.Delay(Rest, time, cancellationToken);
            var before = now;
            now = Print(_files);
            if (now == before)
                break;
        }

        // Somebody put it back as it was.
        if (now == _seen)
            return;
        var reading = Read();
        _watched!.Watch(_files);
        foreach (var warning in reading.Warnings)
            ProxyConfigLog.Doubtful(logger, warning);
        if (reading.Options is { } options)
            await ChangeAsync(options, changed, cancellationToken);
        else
            Refuse(reading.Errors);
    }

    private async Task ChangeAsync(
        ProxyOptions options,
        Func<ProxyOptions, CancellationToken, ValueTask> changed,
        CancellationToken cancellationToken)
    {
        try
        {
            await changed(options, cancellationToken);
            Tell(isGood: true);
            ProxyConfigLog.Changed(logger, options.Pools.Count);
        }
        catch (PartlyAppliedException exception)
        {
            ProxyConfigLog.Changed(logger, options.Pools.Count);
            foreach (var fault in exception.Faults)
                ProxyConfigLog.Excepted(logger, fault);
            Tell("it is applied, except: ", exception.Faults);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Refuse([exception.Message]);
        }
    }

    private void Refuse(IReadOnlyList<string> errors)
    {
        foreach (var error in errors)
            ProxyConfigLog.Refused(logger, error);
        Tell("", errors);
    }

    private void Tell(bool isGood) => events.Publish(new ConfigurationRead(ConfigurationRead.Proxy, isGood));

    private void Tell(string lead, IReadOnlyList<string> errors)
    {
        Tell(isGood: false);
        var reason = errors.Count == 1
            ? errors[0]
            : string.Create(CultureInfo.InvariantCulture, $"{errors[0]} (and {errors.Count - 1} more faults)");
        events.Publish(new Alert(AlertKind.ReloadRefused, "", "", "", null, lead + reason, time.GetUtcNow()));
    }

    private ProxyReading Read()
    {
        // The print is taken first: what changes while it is read differs from it and is read again.
        var before = Print(_files);
        var reading = source.Read();
        var isSame = reading.Files.SequenceEqual(_files, StringComparer.Ordinal);
        _files = reading.Files;
        _seen = isSame ? before : Print(_files);
        return reading.Options is { } options
            ? reading with { Options = StickySecrets.Complete(options, key) }
            : reading;
    }

    private static string Print(IReadOnlyList<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[16 * 1024];
        foreach (var file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file));
            try
            {
                using var stream = File.OpenRead(file);
                var left = (long)ConfigJson.BytesMax + 1;
                for (int length; left > 0 && (length = stream.Read(buffer)) > 0; left -= length)
                    hash.AppendData(buffer.AsSpan(0, length));
                hash.AppendData(BitConverter.GetBytes(left));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                hash.AppendData("?"u8);
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
