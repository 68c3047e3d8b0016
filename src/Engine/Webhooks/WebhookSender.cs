using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;

namespace ActorBalancer.Engine.Webhooks;

/// <summary>
/// Calls webhooks. Connects to exactly the addresses that the guard has just judged; no redirects, no proxy, no
/// cookies, no decompression. What a receiver answers beyond its status line and <c>Retry-After</c> is neither kept nor
/// shown. Thread-safe.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    /// <summary>Most bytes of an answer that are read to keep its connection. Source: ours; receivers answer a few
    /// words.</summary>
    public const int AnswerBytesMax = 64 * 1024;

    /// <summary>Most addresses of one name that are tried. Source: ours; they share one time-out.</summary>
    private const int AddressesMax = 4;

    /// <summary>Where the numbers of deliveries begin among the steps of a task's own trace; those of leases are below.
    /// </summary>
    private const ulong FirstSpan = 1UL << 63;

    private static readonly TimeSpan AnswerTimeMax = TimeSpan.FromSeconds(1);

    private static readonly string Agent =
        $"ActorBalancer/{typeof(WebhookSender).Assembly.GetName().Version?.ToString(3)}";

    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;
    private readonly WebhookGuard _guard;
    private readonly WebhookSigner _signer;
    private readonly HttpMessageInvoker _invoker;

    /// <param name="options">Secrets and times.</param>
    /// <param name="time">The clock of the time-out; its wall clock dates the deliveries.</param>
    /// <param name="guard">Judges every connect.</param>
    /// <exception cref="ArgumentException">A secret cannot be read.</exception>
    public WebhookSender(WebhookOptions options, TimeProvider time, WebhookGuard guard)
    {
        _options = options;
        _time = time;
        _guard = guard;
        _signer = new WebhookSigner(options.Secrets);
        var handler = OutgoingHttp.CreateHandler();
        handler.ConnectCallback = ConnectAsync;
        handler.ConnectTimeout = options.Timeout;

        // A connection outlives a change of the name's addresses by no more than this.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(1);
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4);

        // The handler reads what follows the head by itself when the answer is disposed, within these.
        handler.MaxResponseDrainSize = AnswerBytesMax;
        handler.ResponseDrainTimeout = AnswerTimeMax;
        handler.RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
        handler.ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
        _invoker = new HttpMessageInvoker(handler);
    }

    /// <summary>Value of <c>webhook-id</c> of a task: the same over all tries, restarts included.</summary>
    public static string MessageId(TaskId id) => $"msg_{id}";

    /// <summary>Delivers the end of a task once, as a step of the task's trace.</summary>
    /// <param name="task">An ended task, its result included.</param>
    /// <param name="address">Where to.</param>
    /// <param name="number">Number of the try, from 1.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>How it ended; every fault of the network or the receiver is a result.</returns>
    /// <exception cref="OperationCanceledException">The call was ended by the token.</exception>
    public async Task<WebhookResult> DeliverAsync(
        ArchivedTask task, WebhookAddress address, int number, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address.Url, UriKind.Absolute, out var uri) || !WebhookGuard.IsHttp(uri))
            return Failed("the webhook's URL is no http or https URL");
        using var span = TracingSpans.StartDelivery(task, uri, number, _time);
        var parent = span?.Id ?? task.TraceParent ?? Tracing.ParentOf(task.Snapshot.Id, FirstSpan + (ulong)number);
        var result = await SendAsync(
            () =>
            {
                var request = CreateRequest(task.Snapshot, address, uri);
                AddTrace(request, parent, task.Options.TraceState);
                return request;
            },
            cancellationToken);
        if (span is not null)
            TracingSpans.EndDelivery(span, result, _time);
        return result;
    }

    /// <summary>Delivers a message that is about no task, once.</summary>
    /// <param name="id">Value of <c>webhook-id</c>, the same over all tries.</param>
    /// <param name="json">The body.</param>
    /// <param name="uri">Where to: http or https.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>How it ended; every fault of the network or the receiver is a result.</returns>
    /// <exception cref="OperationCanceledException">The call was ended by the token.</exception>
    public Task<WebhookResult> SendAsync(
        string id, ReadOnlyMemory<byte> json, Uri uri, CancellationToken cancellationToken) =>
        SendAsync(
            () =>
            {
                var request = CreateRequest(id, json, "application/json", uri);
                AddLogin(request, uri);
                return request;
            },
            cancellationToken);

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _invoker.Dispose();

    private static WebhookResult Failed(string error, int status = 0)
        => new(WebhookResultKind.Failed, status, error);

    private async Task<WebhookResult> SendAsync(
        Func<HttpRequestMessage> create, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.Timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = create();
            using var response = await _invoker.SendAsync(request, both.Token);
            return Judge(response);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException
            or IOException or InvalidOperationException or ArgumentException or FormatException
            or WebhookRefusedException or SocketException or TimeoutException)
        {
            return Failed(limit.IsCancellationRequested
                ? $"no answer within {_options.Timeout.TotalMilliseconds:0} ms"
                : Describe(exception));
        }
    }

    private HttpRequestMessage CreateRequest(TaskSnapshot task, WebhookAddress address, Uri uri)
    {
        var body = WebhookBody.Of(task);
        var request = CreateRequest(MessageId(task.Id), body.Bytes, body.ContentType, uri);
        request.Headers.TryAddWithoutValidation("x-task-id", task.Id.ToString());
        request.Headers.TryAddWithoutValidation("x-task-state", StateNames.Of(task.State));
        AddSenders(request, address);
        AddLogin(request, uri);
        return request;
    }

    private HttpRequestMessage CreateRequest(string id, ReadOnlyMemory<byte> body, string contentType, Uri uri)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new ReadOnlyMemoryContent(body) };
        if (!request.Content.Headers.TryAddWithoutValidation("content-type", contentType))
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        var seconds = _time.GetUtcNow().ToUnixTimeSeconds();
        request.Headers.TryAddWithoutValidation("user-agent", Agent);
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", seconds.ToString(CultureInfo.InvariantCulture));
        if (_signer.Sign(id, seconds, body.Span) is { } signature)
            request.Headers.TryAddWithoutValidation("webhook-signature", signature);
        return request;
    }

    // The door refuses such lines; records that another version wrote must not break a call either.
    private static void AddSenders(HttpRequestMessage request, WebhookAddress address)
    {
        foreach (var (name, value) in address.Headers)
        {
            if (WebhookHeaders.IsReserved(name) || !WebhookHeaders.IsName(name) || !WebhookHeaders.IsValue(value))
                continue;
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content!.Headers.TryAddWithoutValidation(name, value);
        }
    }

    // A trace that the task's sender named for the call is the sender's affair.
    private static void AddTrace(HttpRequestMessage request, string parent, string? state)
    {
        var headers = request.Headers;
        if (headers.NonValidated.Contains("traceparent"))
            return;
        headers.TryAddWithoutValidation("traceparent", parent);
        if (state is not null && !headers.NonValidated.Contains("tracestate"))
            headers.TryAddWithoutValidation("tracestate", state);
    }

    // A user and password in the URL are sent as browsers and the usual clients do (RFC 7617).
    private static void AddLogin(HttpRequestMessage request, Uri uri)
    {
        if (uri.UserInfo.Length == 0 || request.Headers.NonValidated.Contains("authorization"))
            return;
        var login = Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(uri.UserInfo)));
        request.Headers.TryAddWithoutValidation("authorization", $"Basic {login}");
    }

    private WebhookResult Judge(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        return status switch
        {
            >= 200 and < 300 => new WebhookResult(WebhookResultKind.Done, status),
            410 => new WebhookResult(WebhookResultKind.Gone, status, "the receiver wants no more (410)"),
            429 or 503 => new WebhookResult(
                WebhookResultKind.Wait, status, $"the receiver asks to wait ({status})", RetryAfter(response)),
            >= 300 and < 400 => Failed($"the receiver answered {status}; redirects are not followed", status),
            _ => Failed($"the receiver answered {status}", status),
        };
    }

    // A date is meant by the receiver's own clock, which it may have sent along.
    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        if (response.Headers.RetryAfter is not { } header)
            return null;
        var wait = header.Delta ?? header.Date - (response.Headers.Date ?? _time.GetUtcNow());
        if (wait is not { } asked)
            return null;
        return asked < TimeSpan.Zero ? TimeSpan.Zero : asked < _options.RetryDelayMax ? asked : _options.RetryDelayMax;
    }

    private async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await _guard.ResolveForConnectAsync(context.DnsEndPoint.Host, cancellationToken);
        SocketException? last = null;
        foreach (var address in addresses.AsSpan(0, Math.Min(addresses.Length, AddressesMax)).ToArray())
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, context.DnsEndPoint.Port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException exception)
            {
                socket.Dispose();
                last = exception;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw last!;
    }

    // Fixed words only: messages of the system may name addresses.
    private static string Describe(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case WebhookRefusedException:
                    return WebhookGuard.RefusedAddress;
                case SocketException { SocketErrorCode: SocketError.HostNotFound }:
                case SocketException { SocketErrorCode: SocketError.NoData or SocketError.TryAgain }:
                    return "the host's name has no address";
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return "the host refused the connection";
                case TimeoutException:
                    return "the host did not answer in time";
                case HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }:
                    return "the secure connection failed";
            }
        }

        return exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }
            ? "the host cannot be reached"
            : "the connection broke before an answer came";
    }
}
