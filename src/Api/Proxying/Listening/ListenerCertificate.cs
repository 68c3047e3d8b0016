using System.Net.Security;
using System.Threading.Channels;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying.Listening;

/// <summary>
/// The certificate of a listener. It is read again when its files change; a bad new one keeps the old one in use. Any
/// thread.
/// </summary>
internal sealed class ListenerCertificate : IAsyncDisposable
{
    /// <summary>Time between two looks at the files, beside the system's own word of changes, which does not come from
    /// every file system. Source: ours.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(1);

    private readonly TlsOptions _options;
    private readonly List<SslApplicationProtocol> _protocols;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();

    // Many changes of a moment are one look.
    private readonly Channel<bool> _looks = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly List<FileSystemWatcher> _watchers = [];
    private volatile SslServerAuthenticationOptions _current;
    private byte[] _seen;
    private ITimer? _timer;
    private Task _looking = Task.CompletedTask;

    /// <summary>Reads the certificate.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="http2">Whether h2 is offered beside http/1.1.</param>
    /// <param name="time">The clock of the looks.</param>
    /// <param name="log">Told of changes.</param>
    /// <exception cref="IOException">It cannot be used; the message says why.</exception>
    public ListenerCertificate(TlsOptions options, bool http2, TimeProvider time, ILogger log)
    {
        _options = options;
        _time = time;
        _log = log;
        _protocols = http2
            ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11]
            : [SslApplicationProtocol.Http11];
        var files = CertificateFiles.Read(options);
        _seen = files.Print;
        _current = Use(files.Load(options));
    }

    /// <summary>What a handshake that begins now uses.</summary>
    public SslServerAuthenticationOptions Current => _current;

    /// <summary>Begins to look for changes; once.</summary>
    public void Watch()
    {
        _looking = LookAsync();
        _timer = _time.CreateTimer(_ => _looks.Writer.TryWrite(true), null, LookInterval, LookInterval);

        // The folder and not the file: a secret is often swapped by moving a link beside it.
        var folders = new[] { _options.CertificatePath, _options.KeyPath }
            .OfType<string>()
            .Select(static path => Path.GetDirectoryName(Path.GetFullPath(path))!)
            .Distinct();
        foreach (var folder in folders)
            Watch(folder);
    }

    /// <summary>Ends the looks. Handshakes under way keep their certificate.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var watcher in _watchers)
            watcher.Dispose();
        if (_timer is not null)
            await _timer.DisposeAsync();
        _stop.Cancel();
        await _looking;
        _stop.Dispose();
    }

    private void Watch(string folder)
    {
        try
        {
            var watcher = new FileSystemWatcher(folder);
            _watchers.Add(watcher);
            watcher.Created += (_, _) => _looks.Writer.TryWrite(true);
            watcher.Changed += (_, _) => _looks.Writer.TryWrite(true);
            watcher.Renamed += (_, _) => _looks.Writer.TryWrite(true);
            watcher.EnableRaisingEvents = true;
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            // The system has no watches left, or the folder is gone: the looks by the clock remain.
            ProxyLog.CertificateRefused(_log, $"its folder cannot be watched: {exception.Message}");
        }
    }

    private async Task LookAsync()
    {
        try
        {
            await foreach (var _ in _looks.Reader.ReadAllAsync(_stop.Token))
                Look();
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    // A pair that is written one file after the other is bad in between; the second change brings the next look.
    private void Look()
    {
        try
        {
            var files = CertificateFiles.Read(_options);
            if (files.Print.AsSpan().SequenceEqual(_seen))
                return;
            _seen = files.Print;
            var loaded = files.Load(_options);
            _current = Use(loaded);
            ProxyLog.CertificateChanged(
                _log, _options.CertificatePath, loaded.Leaf.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'"));
        }
        catch (IOException exception)
        {
            ProxyLog.CertificateRefused(_log, exception.Message);
        }
    }

    private SslServerAuthenticationOptions Use(LoadedCertificate loaded) => new()
    {
        // Made once for all connections: the chain is built here and not in each handshake, and sessions resume.
        ServerCertificateContext = SslStreamCertificateContext.Create(loaded.Leaf, loaded.Others, offline: true),
        ApplicationProtocols = _protocols,
        AllowRenegotiation = false,
    };
}
