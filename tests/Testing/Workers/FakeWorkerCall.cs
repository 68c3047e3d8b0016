using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ActorBalancer.Testing.Workers;

/// <summary>One request that a <see cref="FakeWorker"/> received, and the connection to answer it on.</summary>
/// <remarks>Reading is thread-safe. The members that send are for the one <see cref="FakeAnswer"/> that answers the
/// call.</remarks>
public sealed class FakeWorkerCall
{
    private readonly RawRequest _request;
    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly CancellationTokenSource _aborted;
    private readonly TaskCompletionSource<FakeAnswer> _release = NewSignal<FakeAnswer>();
    private readonly TaskCompletionSource _clientGone = NewSignal();
    private readonly TaskCompletionSource _ended = NewSignal();

    internal FakeWorkerCall(RawRequest request, Socket socket, NetworkStream stream, CancellationTokenSource aborted)
    {
        _request = request;
        _socket = socket;
        _stream = stream;
        _aborted = aborted;
        // The source is disposed with the call, so the token is taken while it still can be.
        Aborted = aborted.Token;
    }

    /// <summary>The method, such as <c>POST</c>.</summary>
    public string Method => _request.Method;

    /// <summary>The request target as it was sent, such as <c>/task</c>.</summary>
    public string Path => _request.Path;

    /// <summary>Name and value of each header line, in the order of the wire. A byte is one character.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> HeaderLines => _request.HeaderLines;

    /// <summary>The body, byte for byte.</summary>
    public ReadOnlyMemory<byte> Body => _request.Body;

    /// <summary>The body as text.</summary>
    public string BodyText => Encoding.UTF8.GetString(_request.Body);

    /// <summary>Ends when the answer was given, or broken off.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Ends when the balancer closed the connection before it had the answer; never, if it did not.</summary>
    public Task ClientGone => _clientGone.Task;

    /// <summary>Set when the balancer closed the connection or the worker stopped.</summary>
    public CancellationToken Aborted { get; }

    /// <summary>False once the answer ended the connection itself.</summary>
    internal bool KeepAlive { get; private set; } = true;

    /// <summary>First value of the header, or null when it was not sent.</summary>
    public string? Header(string name) => _request.Header(name);

    /// <summary>The body as JSON.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public JsonElement Json() => JsonElement.Parse(_request.Body);

    /// <summary>Gives a call held by <see cref="FakeAnswers.Held"/> its answer.</summary>
    /// <param name="answer">Null gives <see cref="FakeAnswers.Ok"/>.</param>
    /// <exception cref="InvalidOperationException">It was released before.</exception>
    public void Release(FakeAnswer? answer = null)
    {
        if (!_release.TrySetResult(answer ?? FakeAnswers.Ok))
            throw new InvalidOperationException($"The call {Method} {Path} was released twice.");
    }

    /// <summary>Waits for <see cref="Release"/>.</summary>
    /// <exception cref="OperationCanceledException">The call was aborted meanwhile.</exception>
    public Task<FakeAnswer> WaitForReleaseAsync() => _release.Task.WaitAsync(Aborted);

    /// <summary>Sends a whole answer with its Content-Length.</summary>
    public async Task RespondAsync(int status, string body, string contentType = "application/json",
        params (string Name, string Value)[] headers)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var length = bytes.Length.ToString(CultureInfo.InvariantCulture);
        byte[] answer =
            [.. Head(status, [("content-type", contentType), ("content-length", length), .. headers]), .. bytes];
        await SendRawAsync(answer);
    }

    /// <summary>Sends the head of an answer in chunks; <see cref="SendChunkAsync"/> sends those.</summary>
    public Task BeginChunksAsync(int status, string contentType) =>
        SendRawAsync(Head(status, [("content-type", contentType), ("transfer-encoding", "chunked")]));

    /// <summary>Sends one chunk. The empty one ends the answer.</summary>
    public Task SendChunkAsync(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var size = Encoding.ASCII.GetBytes(bytes.Length.ToString("x", CultureInfo.InvariantCulture));
        byte[] chunk = [.. size, .. "\r\n"u8, .. bytes, .. "\r\n"u8];
        return SendRawAsync(chunk);
    }

    /// <summary>Sends bytes as they are, HTTP or not.</summary>
    /// <exception cref="IOException">The connection is gone.</exception>
    /// <exception cref="OperationCanceledException">The call was aborted.</exception>
    public async Task SendRawAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes, Aborted);

    /// <summary>Ends the connection in good order (FIN), with whatever was sent before.</summary>
    public void Close()
    {
        KeepAlive = false;
        _socket.Shutdown(SocketShutdown.Both);
    }

    /// <summary>Ends the connection with RST.</summary>
    public void Reset()
    {
        KeepAlive = false;
        RawListener.Reset(_socket);
    }

    /// <summary>Writes the first lines of an answer.</summary>
    internal static byte[] Head(int status, (string Name, string Value)[] headers)
    {
        var text = new StringBuilder($"HTTP/1.1 {status} Fake\r\n");
        foreach (var (name, value) in headers)
            text.Append(name).Append(": ").Append(value).Append("\r\n");
        return Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
    }

    internal void MarkClientGone()
    {
        if (!KeepAlive || _ended.Task.IsCompleted)
            return;
        _clientGone.TrySetResult();
        _aborted.Cancel();
    }

    internal void MarkEnded() => _ended.TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<T> NewSignal<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
