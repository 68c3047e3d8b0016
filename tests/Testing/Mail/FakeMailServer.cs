using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;

namespace ActorBalancer.Testing.Mail;

/// <summary>
/// A mail server on 127.0.0.1 that a test scripts: TLS from the first byte, STARTTLS, AUTH PLAIN and LOGIN, and faults
/// at every command. Speaks SMTP as RFC 5321 has it, and is strict about what it is sent. Thread-safe.
/// </summary>
public sealed class FakeMailServer : IAsyncDisposable
{
    // Made once and only for tests with TLS: a key takes a while.
    private static readonly Lazy<X509Certificate2> Certificate = new(MakeCertificate);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _sessions = new();
    private readonly Channel<ReceivedMail> _mails = Channel.CreateUnbounded<ReceivedMail>();
    private readonly ConcurrentQueue<string> _commands = new();
    private readonly Task _accepting;
    private int _connections;

    /// <summary>Starts to listen.</summary>
    public FakeMailServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Its port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Whether TLS begins with the first byte.</summary>
    public bool IsSecure { get; set; }

    /// <summary>Whether it offers STARTTLS.</summary>
    public bool OffersStartTls { get; set; }

    /// <summary>The ways to log in that it offers, such as <c>PLAIN LOGIN</c>; empty for none.</summary>
    public string Logins { get; set; } = "";

    /// <summary>The login that is right.</summary>
    public string User { get; set; } = "user";

    /// <summary>The password that is right.</summary>
    public string Password { get; set; } = "password";

    /// <summary>Answers a command in place of the server; null leaves it to the server. <c>GREETING</c> and
    /// <c>MESSAGE</c> stand for the greeting and the end of a message. An empty answer is no answer at all, and
    /// <c>CLOSE</c> closes the connection.</summary>
    public Func<string, string?> Script { get; set; } = static _ => null;

    /// <summary>Connections accepted.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Every line that clients sent outside of messages.</summary>
    public IReadOnlyList<string> Commands => [.. _commands];

    /// <summary>The next mail that it took.</summary>
    public async Task<ReceivedMail> NextAsync() =>
        await _mails.Reader.ReadAsync().AsTask().WaitAsync(TestSignal.Guard);

    /// <summary>Whether mails wait that no test has looked at.</summary>
    public bool HasMore => _mails.Reader.TryPeek(out _);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_sessions.Keys).WaitAsync(TestSignal.Guard);
        _stopping.Dispose();
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero),
            new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                Interlocked.Increment(ref _connections);
                _sessions.TryAdd(ServeAsync(client), 0);
            }
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        await Task.Yield();
        using var owned = client;
        using var end = _stopping.Token.Register(client.Close);
        try
        {
            var session = new Session(this, client.GetStream());
            await session.RunAsync();
        }
        catch (Exception exception) when (_stopping.IsCancellationRequested
            || exception is IOException or ObjectDisposedException or SocketException
                or System.Security.Authentication.AuthenticationException or InvalidOperationException)
        {
            // The client went away, or did not like the certificate.
        }
    }

    /// <summary>One connection.</summary>
    private sealed class Session(FakeMailServer server, Stream stream)
    {
        private Stream _stream = stream;
        private bool _isEncrypted;
        private string? _login;
        private string? _from;
        private readonly List<string> _to = [];

        public async Task RunAsync()
        {
            if (server.IsSecure)
                await EncryptAsync();
            if (!await AnswerAsync("GREETING", "220 fake ready"))
                return;
            while (await ReadLineAsync() is { } line)
            {
                server._commands.Enqueue(line);
                var verb = line.Split(' ', ':')[0].ToUpperInvariant();
                if (!await HandleAsync(verb, line) || verb == "QUIT")
                    return;
            }
        }

        private async Task<bool> HandleAsync(string verb, string line)
        {
            switch (verb)
            {
                case "EHLO":
                    return await AnswerAsync(line, Abilities());
                case "STARTTLS":
                    if (!await AnswerAsync(line, "220 go ahead"))
                        return false;
                    await EncryptAsync();
                    return true;
                case "AUTH":
                    return await LogInAsync(line);
                case "MAIL":
                    _from = Path(line);
                    return await AnswerAsync(line, _from is null ? "501 no path" : "250 ok");
                case "RCPT":
                    var to = Path(line);
                    if (to is not null)
                        _to.Add(to);
                    return await AnswerAsync(line, to is null ? "501 no path" : "250 ok");
                case "DATA":
                    return await AnswerAsync(line, "354 go on") && await TakeAsync();
                case "QUIT":
                    return await AnswerAsync(line, "221 bye");
                default:
                    return await AnswerAsync(line, "500 unknown command");
            }
        }

        private string Abilities()
        {
            var text = "250-fake\r\n";
            if (server.OffersStartTls && !_isEncrypted)
                text += "250-STARTTLS\r\n";
            if (server.Logins.Length > 0)
                text += $"250-AUTH {server.Logins}\r\n";
            return text + "250 8BITMIME";
        }

        private async Task<bool> LogInAsync(string line)
        {
            var parts = line.Split(' ');
            string user, password;
            if (parts[1] == "PLAIN")
            {
                var login = Plain(parts[2]).Split('\0');
                (user, password) = (login[1], login[2]);
            }
            else
            {
                await SendAsync("334 VXNlcm5hbWU6");
                user = Plain((await ReadLineAsync())!);
                await SendAsync("334 UGFzc3dvcmQ6");
                password = Plain((await ReadLineAsync())!);
            }

            var isRight = user == server.User && password == server.Password;
            _login = isRight ? user : null;
            return await AnswerAsync(line, isRight ? "235 welcome" : "535 5.7.8 bad credentials");
        }

        private async Task<bool> TakeAsync()
        {
            var message = new StringBuilder();
            while (true)
            {
                var line = await ReadLineAsync();
                if (line is null)
                    return false;
                if (line == ".")
                    break;
                message.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
            }

            var mail = new ReceivedMail(_from!, [.. _to], message.ToString(), _isEncrypted, _login);
            var answer = server.Script("MESSAGE") ?? "250 taken";
            if (answer.StartsWith('2'))
                server._mails.Writer.TryWrite(mail);
            return await AnswerAsync("MESSAGE", "250 taken");
        }

        private async Task<bool> AnswerAsync(string command, string usual)
        {
            var answer = server.Script(command) ?? usual;
            if (answer == "CLOSE")
                return false;
            if (answer.Length > 0)
                await SendAsync(answer);
            return true;
        }

        private async Task SendAsync(string text) =>
            await _stream.WriteAsync(Encoding.Latin1.GetBytes(text + "\r\n"), server._stopping.Token);

        private async Task EncryptAsync()
        {
            var tls = new SslStream(_stream);
            _stream = tls;
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = Certificate.Value }, server._stopping.Token);
            _isEncrypted = true;
        }

        // Byte by byte: nothing of what follows STARTTLS may be read before TLS begins.
        private async Task<string?> ReadLineAsync()
        {
            var line = new List<byte>();
            var one = new byte[1];
            while (await _stream.ReadAsync(one) == 1)
            {
                if (one[0] == '\n')
                {
                    if (line.Count == 0 || line[^1] != '\r')
                        throw new InvalidOperationException("A line ended without CR.");
                    return Encoding.Latin1.GetString([.. line[..^1]]);
                }

                line.Add(one[0]);
            }

            return null;
        }

        private static string Plain(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));

        private static string? Path(string line)
        {
            var start = line.IndexOf(":<", StringComparison.Ordinal);
            return start > 0 && line.EndsWith('>') ? line[(start + 2)..^1] : null;
        }
    }
}
