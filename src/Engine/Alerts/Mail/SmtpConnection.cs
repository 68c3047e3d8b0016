using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace ActorBalancer.Engine.Alerts.Mail;

/// <summary>A connection to a mail server: sends lines and reads answers, within bounds. One caller at a
/// time.</summary>
internal sealed class SmtpConnection : IAsyncDisposable
{
    // RFC 5321, section 4.5.3.1.5, says 512; some servers write longer ones.
    private const int LineBytesMax = 2048;

    // EHLO answers of real servers have about ten.
    private const int LinesMax = 100;

    private readonly byte[] _buffer = new byte[4096];
    private Stream _stream;
    private int _start;
    private int _end;

    private SmtpConnection(Stream stream, IPEndPoint local, bool isOwn)
    {
        _stream = stream;
        IsOwn = isOwn;
        var address = local.Address.Unmap();
        OwnName = address.AddressFamily == AddressFamily.InterNetworkV6
            ? $"[IPv6:{new IPAddress(address.GetAddressBytes())}]"
            : $"[{address}]";
    }

    /// <summary>Whether the server is this machine.</summary>
    public bool IsOwn { get; }

    /// <summary>Whether what is sent is encrypted.</summary>
    public bool IsEncrypted { get; private set; }

    /// <summary>What we call ourselves: the address literal of RFC 5321, section 4.1.3, which is right on every
    /// machine, whatever its name.</summary>
    public string OwnName { get; }

    /// <summary>Connects; the addresses of the host are tried one after the other.</summary>
    /// <param name="host">Name or address.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="isOwn">Whether an address is this machine's.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="SocketException">None of them answers, or the name has none.</exception>
    public static async Task<SmtpConnection> OpenAsync(
        string host, int port, Func<IPAddress, bool> isOwn, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            var remote = ((IPEndPoint)socket.RemoteEndPoint!).Address;
            return new SmtpConnection(
                new NetworkStream(socket, ownsSocket: true),
                (IPEndPoint)socket.LocalEndPoint!,
                isOwn(remote.Unmap()));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Turns the connection into one of TLS.</summary>
    /// <param name="host">Name that the certificate must be valid for.</param>
    /// <param name="isVerified">False takes every certificate.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The certificate is not
    /// valid.</exception>
    /// <exception cref="MailException">The server sent something before it was asked to: what somebody on the way may
    /// have put in.</exception>
    public async Task EncryptAsync(string host, bool isVerified, CancellationToken cancellationToken)
    {
        if (_end > _start)
            throw new MailException("the server sent more than its answer before TLS began", isPermanent: false);
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            RemoteCertificateValidationCallback = OutgoingHttp.JudgeOf(isVerified),
        };
        await tls.AuthenticateAsClientAsync(options, cancellationToken);
        IsEncrypted = true;
    }

    /// <summary>Sends a command and reads the answer.</summary>
    /// <param name="command">One line in ASCII, without its end.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The command holds a line end.</exception>
    public async Task<SmtpReply> SendAsync(string command, CancellationToken cancellationToken)
    {
        // Every value in a command was checked where it was read; this is the last door.
        if (command.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0)
            throw new ArgumentException("A command must be one line of printable ASCII.", nameof(command));
        return await SendAsync(Encoding.ASCII.GetBytes(command + "\r\n"), cancellationToken);
    }

    /// <summary>Sends bytes as they are and reads the answer.</summary>
    public async Task<SmtpReply> SendAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(bytes, cancellationToken);
        await _stream.FlushAsync(cancellationToken);
        return await ReadAsync(cancellationToken);
    }

    /// <summary>Reads an answer.</summary>
    /// <exception cref="MailException">It is none, is too long, or the connection ends.</exception>
    public async Task<SmtpReply> ReadAsync(CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await ReadLineAsync(cancellationToken);
            if (line.Length < 3
                || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
                || code is < 200 or > 599
                || (line.Length > 3 && line[3] is not ' ' and not '-'))
            {
                throw new MailException("the server's answer is no SMTP", isPermanent: false);
            }

            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] == ' ')
                return new SmtpReply(code, lines);
            if (lines.Count >= LinesMax)
                throw new MailException($"the server's answer has more than {LinesMax} lines", isPermanent: false);
        }
    }

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (true)
        {
            var end = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var taken = end < 0 ? _end - _start : end + 1;
            line.AddRange(_buffer.AsSpan(_start, taken));
            _start += taken;
            if (line.Count > LineBytesMax)
            {
                throw new MailException(
                    $"the server's answer has a line of over {LineBytesMax} bytes", isPermanent: false);
            }

            if (end >= 0)
                return Encoding.Latin1.GetString([.. line]).TrimEnd('\r', '\n');
            _start = 0;
            _end = await _stream.ReadAsync(_buffer, cancellationToken);
            if (_end == 0)
                throw new MailException("the server closed the connection", isPermanent: false);
        }
    }
}
