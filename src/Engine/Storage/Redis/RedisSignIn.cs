using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>
/// Signs in by user and password for a client that can send a password only. The client connects to a door of this
/// process on the loopback and says a secret that only this process knows; the door then connects to the server, signs
/// in there with the real names, and passes bytes on, both ways. Whoever does not know the secret is shown out.
/// </summary>
internal sealed class RedisSignIn : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Time before another try after a visitor could not be let in.</summary>
    private static readonly TimeSpan AcceptRest = TimeSpan.FromMilliseconds(10);

    private readonly RedisOptions _options;
    private readonly RemoteCertificateValidationCallback? _trust;
    private readonly List<TcpListener> _doors = [];
    private readonly List<Task> _accepting = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly byte[] _greeting;
    private readonly byte[] _signIn;

    private RedisSignIn(RedisOptions options)
    {
        _options = options;
        _trust = RedisConfiguration.TrustOf(options);
        _greeting = Command("AUTH", Secret);
        _signIn = Command("AUTH", options.User!, options.Password!);
    }

    /// <summary>What the client says as its password.</summary>
    public string Secret { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));

    /// <summary>The doors, one for each server, in their order.</summary>
    public IEnumerable<EndPoint> Doors => _doors.Select(door => door.LocalEndpoint);

    /// <summary>Opens the doors when there is a user to sign in; null otherwise.</summary>
    /// <exception cref="TaskStoreException">A setting cannot be followed.</exception>
    public static RedisSignIn? Open(RedisOptions options)
    {
        if (options.User is null or "default")
            return null;
        if (options.Password is null)
            throw new TaskStoreException($"The Redis user '{options.User}' has no password: set one.");
        var signIn = new RedisSignIn(options);
        foreach (var server in options.Servers)
        {
            var door = new TcpListener(IPAddress.Loopback, 0);
            door.Start();
            signIn._doors.Add(door);
            signIn._accepting.Add(signIn.AcceptAsync(door, server));
        }

        return signIn;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A door that is stopped under its doorkeeper makes him fail in ways that depend on what he was about to do.
        await _closing.CancelAsync();
        await Task.WhenAll(_accepting);
        foreach (var door in _doors)
            door.Stop();
        _closing.Dispose();
    }

    private static byte[] Command(params ReadOnlySpan<string> words)
    {
        var text = new StringBuilder().Append('*').Append(words.Length).Append("\r\n");
        foreach (var word in words)
            text.Append('$').Append(Encoding.UTF8.GetByteCount(word)).Append("\r\n").Append(word).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private async Task AcceptAsync(TcpListener door, string server)
    {
        var closing = _closing.Token;
        while (!closing.IsCancellationRequested)
        {
            try
            {
                _ = PassAsync(await door.AcceptTcpClientAsync(closing), server, closing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException)
            {
                // Whoever came is gone again, or the process has no handle left for him: the next one may do better.
                await Task.Delay(AcceptRest, TimeProvider.System, closing)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task PassAsync(TcpClient client, string server, CancellationToken closing)
    {
        try
        {
            using var inside = client;
            using var outside = new TcpClient { NoDelay = true };
            inside.NoDelay = true;
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(closing);
            patience.CancelAfter(_options.Timeout);
            var near = inside.GetStream();
            if (!await IsOursAsync(near, patience.Token))
                return;
            await using var far = await ConnectAsync(outside, server, patience.Token);
            await far.WriteAsync(_signIn, patience.Token);
            patience.CancelAfter(Timeout.InfiniteTimeSpan);

            // When one side ends, the other has nothing to say any more.
            await await Task.WhenAny(
                near.CopyToAsync(far, BufferBytes, patience.Token), far.CopyToAsync(near, BufferBytes, patience.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException
            or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            // The client sees its connection end, and makes a new one when it wants to.
        }
    }

    private async Task<bool> IsOursAsync(NetworkStream near, CancellationToken patience)
    {
        var said = new byte[_greeting.Length];
        await near.ReadExactlyAsync(said, patience);
        return CryptographicOperations.FixedTimeEquals(said, _greeting);
    }

    private async Task<Stream> ConnectAsync(TcpClient outside, string server, CancellationToken patience)
    {
        var colon = server.LastIndexOf(':');
        var host = server[..colon];
        await outside.ConnectAsync(host.Trim('[', ']'), int.Parse(server.AsSpan(colon + 1)), patience);
        if (!_options.UseTls)
            return outside.GetStream();
        var tls = new SslStream(outside.GetStream(), leaveInnerStreamOpen: false, _trust);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, patience);
        return tls;
    }
}
