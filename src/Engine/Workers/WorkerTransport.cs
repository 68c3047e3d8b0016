using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using ActorBalancer.Protocol;

namespace ActorBalancer.Engine.Workers;

/// <summary>
/// Speaks HTTP to workers: sends tasks and asks for health. One connection pool for all workers; no cookies, no
/// redirects, no proxy, no decompression, no hidden second try of a POST. Thread-safe.
/// </summary>
internal sealed class WorkerTransport : IDisposable
{
    /// <summary>Largest health answer. Source: ours; a thousand functions with schemas fit.</summary>
    private const int HealthBytesMax = 4 * 1024 * 1024;

    private const int FirstBufferBytes = 4096;

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpMessageInvoker _invoker;
    private readonly string _balancerKey;
    private readonly long _resultLimit;

    public WorkerTransport(
        string balancerKey, long resultLimit, TimeSpan connectTimeout, HttpMessageHandler? handler = null)
    {
        _balancerKey = balancerKey;
        _resultLimit = resultLimit;
        _invoker = new HttpMessageInvoker(handler ?? CreateHandler(connectTimeout));
    }

    /// <summary>Name of this node of a cluster, told to workers as <c>x-lb-node</c>; null outside of one. Set before the
    /// first call.</summary>
    public string? NodeId { get; set; }

    /// <summary>The pool, for the sessions' WebSocket handshakes.</summary>
    public HttpMessageInvoker Invoker => _invoker;

    /// <summary>Sends a task and reads the whole answer. Never throws: every end is a result.</summary>
    /// <param name="target">The worker.</param>
    /// <param name="task">The task.</param>
    /// <param name="lease">Under what it runs.</param>
    /// <param name="body">Its body.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async ValueTask<AttemptResult> RunAsync(
        WorkerTarget target, QueuedTask task, TaskLease lease, byte[] body,
        CancellationToken cancellationToken)
    {
        if (!target.IsOwned)
            return NotOwned;
        try
        {
            using var request = Request(target, task, lease, body);
            using var response = await _invoker.SendAsync(request, cancellationToken);
            var reply = await ReadAsync(response, _resultLimit, cancellationToken);
            return Judge((int)response.StatusCode, reply);
        }
        catch (Exception exception) when (FaultOf(exception, cancellationToken) is { } fault)
        {
            return fault;
        }
    }

    /// <summary>Sends a task and waits for the first bytes of its answer. Never throws.</summary>
    /// <returns>The stream, to be read on under the same token; or null and how the attempt ended.</returns>
    public async ValueTask<(WorkerAnswerStream? Stream, AttemptResult Fault)> OpenStreamAsync(
        WorkerTarget target, QueuedTask task, TaskLease lease, byte[] body,
        CancellationToken cancellationToken)
    {
        if (!target.IsOwned)
            return (null, NotOwned);
        HttpResponseMessage? response = null;
        try
        {
            using var request = Request(target, task, lease, body);
            response = await _invoker.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                var reply = await ReadAsync(response, _resultLimit, cancellationToken);
                return (null, Judge((int)response.StatusCode, reply));
            }

            var stream = await WorkerAnswerStream.OpenAsync(response, cancellationToken);
            response = null;
            return (stream, default);
        }
        catch (Exception exception) when (FaultOf(exception, cancellationToken) is { } fault)
        {
            return (null, fault);
        }
        finally
        {
            response?.Dispose();
        }
    }

    /// <summary>What an exception of a call says of the attempt; null for one that no call throws.</summary>
    public static AttemptResult? FaultOf(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        OperationCanceledException when cancellationToken.IsCancellationRequested =>
            AttemptResult.Fault(AttemptKind.Cancelled, "the attempt was ended"),
        HttpRequestException request => AttemptResult.Fault(
            request.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                or HttpRequestError.SecureConnectionError
                ? AttemptKind.Unreachable
                : AttemptKind.Failed,
            Describe(request)),
        IOException or OperationCanceledException or InvalidOperationException or FormatException
            or ArgumentException => AttemptResult.Fault(AttemptKind.Failed, Describe(exception)),
        _ => null,
    };

    /// <summary>Asks a worker for its health, if this node may.</summary>
    /// <exception cref="WorkerFaultException">The worker cannot be reached, refuses, or answers something that is no
    /// health object; the message says which.</exception>
    public async Task<WorkerHealth> GetHealthAsync(WorkerTarget target, CancellationToken cancellationToken)
    {
        if (!target.IsOwned)
            throw new WorkerFaultException("the worker is not this node's any more");
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target.HealthUri);
            request.Headers.TryAddWithoutValidation("x-lb-auth", _balancerKey);
            AddNode(request);
            using var response = await _invoker.SendAsync(request, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
                throw new WorkerFaultException($"GET /health answered {(int)response.StatusCode}");
            using var reply = await ReadAsync(response, HealthBytesMax, cancellationToken);
            return JsonSerializer.Deserialize(reply.Body.Span, ProtocolJson.Default.WorkerHealth)
                ?? throw new WorkerFaultException("GET /health answered null");
        }
        catch (OperationCanceledException)
        {
            throw new WorkerFaultException("GET /health did not answer in time");
        }
        catch (JsonException exception)
        {
            throw new WorkerFaultException($"GET /health answered no health object: {exception.Path ?? "$"} is wrong");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException
            or InvalidOperationException or FormatException)
        {
            throw new WorkerFaultException($"GET /health failed: {Describe(exception)}");
        }
    }

    public void Dispose() => _invoker.Dispose();

    // A process that stood still wakes with calls that it was about to make. It costs the task no attempt.
    private static AttemptResult NotOwned => AttemptResult.Fault(
        AttemptKind.Busy, "the worker is not this node's any more");

    private HttpRequestMessage Request(WorkerTarget target, QueuedTask task, TaskLease lease, byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, target.TaskUri)
        {
            Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = Json } },
        };
        var headers = request.Headers;
        if ((task.WorkerKey ?? target.Entry.AuthKey) is { } key)
            headers.TryAddWithoutValidation("authorization", key);
        headers.TryAddWithoutValidation("x-lb-auth", _balancerKey);
        headers.TryAddWithoutValidation("x-task-id", task.Id.ToString());
        headers.TryAddWithoutValidation("x-task-attempt", lease.Attempt.ToString(CultureInfo.InvariantCulture));
        headers.TryAddWithoutValidation("x-fencing-token", lease.Token.ToString(CultureInfo.InvariantCulture));
        headers.TryAddWithoutValidation("x-task-deadline", TaskHeaderText.Deadline(lease.DeadlineMilliseconds));
        headers.TryAddWithoutValidation(
            "traceparent", lease.TraceParent ?? task.TraceParent ?? Tracing.ParentOf(task.Id, (ulong)lease.Token));
        if (task.Options.TraceState is { } state)
            headers.TryAddWithoutValidation("tracestate", state);
        AddNode(request);
        return request;
    }

    private void AddNode(HttpRequestMessage request)
    {
        if (NodeId is { } node)
            request.Headers.TryAddWithoutValidation("x-lb-node", node);
    }

    private static SocketsHttpHandler CreateHandler(TimeSpan connectTimeout)
    {
        var handler = OutgoingHttp.CreateHandler();
        handler.ConnectTimeout = connectTimeout;
        handler.MaxConnectionsPerServer = int.MaxValue;

        // Node closes idle connections after 5 s; leaving first avoids sending into a connection that is closing.
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4);
        handler.RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
        handler.ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1;
        return handler;
    }

    private static AttemptResult Judge(int status, WorkerReply reply)
    {
        if (status is >= 200 and < 300)
        {
            if (WorkerJson.IsJson(reply))
                return new AttemptResult(AttemptKind.Succeeded, status, reply, null);
            reply.Dispose();
            return AttemptResult.Fault(
                AttemptKind.Failed, $"the worker answered {status} with something that is no JSON", status);
        }

        using (reply)
        {
            var said = WorkerJson.ReadError(reply.Body.Span);
            return status switch
            {
                503 or 429 => AttemptResult.Fault(AttemptKind.Busy, said ?? $"the worker answered {status}", status),

                // 408 is the worker's clock, not the request's fault.
                >= 400 and < 500 and not 408 => new AttemptResult(AttemptKind.Refused, status, null, said),
                _ => AttemptResult.Fault(AttemptKind.Failed, said ?? $"the worker answered {status}", status),
            };
        }
    }

    /// <summary>Reads a whole answer.</summary>
    /// <exception cref="IOException">It is larger than the limit, or breaks off.</exception>
    public static async ValueTask<WorkerReply> ReadAsync(
        HttpResponseMessage response, long limit, CancellationToken cancellationToken)
    {
        var declared = response.Content.Headers.ContentLength;
        if (declared > limit)
            throw new IOException($"the worker's answer of {declared} bytes is over the limit of {limit}");
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using (stream.ConfigureAwait(false))
        {
            // One byte more than declared: the read that finds the end fits into the same buffer.
            var buffer = ArrayPool<byte>.Shared.Rent(declared is { } size ? (int)size + 1 : FirstBufferBytes);
            var length = 0;
            try
            {
                while (true)
                {
                    var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
                    if (read == 0)
                        break;
                    length += read;
                    if (length > limit)
                        throw new IOException($"the worker's answer is over the limit of {limit} bytes");
                    if (length == buffer.Length)
                        buffer = Grow(buffer, length);
                }

                var contentType = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values)
                    ? values.ToString()
                    : null;
                return new WorkerReply(buffer, length, contentType);
            }
            catch
            {
                ArrayPool<byte>.Shared.Return(buffer);
                throw;
            }
        }
    }

    private static byte[] Grow(byte[] buffer, int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(checked(buffer.Length * 2));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    /// <summary>What went wrong, in the words of whoever knows most of it.</summary>
    public static string Describe(Exception exception)
    {
        var innermost = exception;
        while (innermost.InnerException is not null)
            innermost = innermost.InnerException;
        return innermost.Message.Length > 0 ? innermost.Message : innermost.GetType().Name;
    }
}

/// <summary>A worker did not do what its protocol says; the message is fit for the log.</summary>
internal sealed class WorkerFaultException(string message) : Exception(message);
