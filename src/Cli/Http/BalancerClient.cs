using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace ActorBalancer.Cli.Http;

/// <summary>Speaks to one balancer. Every failure is a <see cref="CliException"/> with a line for the user. Thread-safe.
/// </summary>
internal sealed class BalancerClient : IDisposable
{
    /// <summary>Bytes of the greatest answer that is read. Source: ours; ten thousand actors take three million.
    /// </summary>
    private const long AnswerBytesMax = 512L * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    /// <summary>A client; nothing is sent yet.</summary>
    /// <exception cref="CliException">The file of certificates cannot be read.</exception>
    public BalancerClient(Connection connection, TimeProvider time)
    {
        Connection = connection;
        _time = time;
        var handler = new SocketsHttpHandler
        {
            // The key goes to that address and to no other.
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = connection.Timeout,
        };
        // CA5359: going without the check is what --insecure says, in as many words.
#pragma warning disable CA5359
        if (connection.IsInsecure)
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        else if (connection.CaFile is { } path)
            handler.SslOptions.CertificateChainPolicy = TrustOnly(path);
#pragma warning restore CA5359
        _http = new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
    }

    /// <summary>Whom it speaks to.</summary>
    public Connection Connection { get; }

    /// <summary>Asks for JSON.</summary>
    /// <param name="path">Path and query, from the first slash.</param>
    /// <param name="cancel">Ends the call.</param>
    /// <exception cref="CliException">No answer, or one that is an error.</exception>
    public Task<JsonElement> GetAsync(string path, CancellationToken cancel) =>
        SendAsync(HttpMethod.Get, path, cancel);

    /// <summary>Sends a request and reads JSON; undefined when the answer has no body.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">Path and query, from the first slash.</param>
    /// <param name="cancel">Ends the call.</param>
    /// <param name="body">What is sent; null for nothing.</param>
    /// <param name="headers">More headers; one whose value is null is left out.</param>
    /// <param name="isLong">The order may take long.</param>
    /// <exception cref="CliException">No answer, or one that is an error.</exception>
    public async Task<JsonElement> SendAsync(
        HttpMethod method,
        string path,
        CancellationToken cancel,
        HttpContent? body = null,
        IEnumerable<(string Name, string? Value)>? headers = null,
        bool isLong = false)
    {
        var timeout = isLong ? Connection.LongTimeout : Connection.Timeout;
        using var request = Make(method, path, body, headers);
        using var answer = await OpenAsync(request, HttpCompletionOption.ResponseContentRead, timeout, cancel);
        var raw = await ReadAsync(answer, cancel);
        if (!raw.IsSuccess)
            throw Refusals.Explain(Connection, path, raw);
        if (raw.Body.Length > 0 && raw.Json.ValueKind == JsonValueKind.Undefined)
            throw Refusals.Strange(Connection, answer.Content.Headers.ContentType?.MediaType);
        return raw.Json;
    }

    /// <summary>Sends a request and gives the answer, whatever its status.</summary>
    /// <exception cref="HttpRequestException">No answer came.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; there is no other limit.</exception>
    public async Task<RawAnswer> TryAsync(
        HttpMethod method,
        string path,
        HttpContent? body,
        IEnumerable<(string Name, string? Value)> headers,
        CancellationToken cancel)
    {
        using var request = Make(method, path, body, headers);
        using var answer = await _http.SendAsync(request, cancel);
        return await ReadAsync(answer, cancel);
    }

    /// <summary>Sends a request and gives the answer when its head has come; the caller disposes it.</summary>
    /// <exception cref="CliException">No answer, or one that is an error.</exception>
    public async Task<HttpResponseMessage> OpenAsync(
        HttpMethod method,
        string path,
        CancellationToken cancel,
        HttpContent? body = null,
        IEnumerable<(string Name, string? Value)>? headers = null)
    {
        using var request = Make(method, path, body, headers);
        var answer = await OpenAsync(request, HttpCompletionOption.ResponseHeadersRead, Connection.Timeout, cancel);
        if (answer.IsSuccessStatusCode)
            return answer;
        using (answer)
            throw Refusals.Explain(Connection, path, await ReadAsync(answer, cancel));
    }

    /// <summary>Reads a stream of events until it ends.</summary>
    /// <exception cref="CliException">No answer, one that is an error or no stream, or the connection broke.</exception>
    public async IAsyncEnumerable<ServerEvent> EventsAsync(
        string path, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var answer = await OpenAsync(HttpMethod.Get, path, cancel, headers: [("Accept", "text/event-stream")]);
        if (answer.Content.Headers.ContentType?.MediaType != "text/event-stream")
            throw Refusals.Strange(Connection, answer.Content.Headers.ContentType?.MediaType);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancel);
        var parser = SseParser.Create(stream, static (name, data) => new ServerEvent(name, ParseOrNothing(data)));
        await using var items = parser.EnumerateAsync(cancel).GetAsyncEnumerator(cancel);
        while (await NextAsync(items))
            yield return items.Current.Data;
    }

    /// <summary>JSON as a body.</summary>
    public static HttpContent JsonBody(byte[] json)
    {
        var content = new ByteArrayContent(json);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<bool> NextAsync<T>(IAsyncEnumerator<T> items)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            throw ConnectionFaults.Explain(Connection, fault);
        }
    }

    private HttpRequestMessage Make(
        HttpMethod method, string path, HttpContent? body, IEnumerable<(string Name, string? Value)>? headers)
    {
        var request = new HttpRequestMessage(method, Connection.Name + path) { Content = body };
        if (Connection.Key is { } key)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
        request.Headers.TryAddWithoutValidation("User-Agent", "abm");
        foreach (var (name, value) in headers ?? [])
        {
            if (value is not null)
                request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private async Task<HttpResponseMessage> OpenAsync(
        HttpRequestMessage request, HttpCompletionOption completion, TimeSpan timeout, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        try
        {
            return await _http.SendAsync(request, completion, both.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw ConnectionFaults.Late(Connection, timeout);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw ConnectionFaults.Explain(Connection, fault);
        }
    }

    private static async Task<RawAnswer> ReadAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        var body = await answer.Content.ReadAsByteArrayAsync(cancel);
        return new RawAnswer((int)answer.StatusCode, body, ParseOrNothing(body));
    }

    private static JsonElement ParseOrNothing(ReadOnlySpan<byte> text)
    {
        try
        {
            return text.IsEmpty ? default : JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static X509ChainPolicy TrustOnly(string path)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // Certificates of one's own seldom say where to ask.
            RevocationMode = X509RevocationMode.NoCheck,
        };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw CliException.Usage($"cannot read the certificates of {path}: {fault.Message.TrimEnd('.')}");
        }

        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw CliException.Usage($"{path} holds no certificate in PEM form");
    }
}
