using System.Net;
using System.Net.Http.Headers;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Engine.Proxying;

/// <summary>
/// Asks a backend how it is: over a connection of its own each time, so that accepting is tested too, or by the
/// application's own function. One check at a time.
/// </summary>
/// <param name="time">The clock of time-outs.</param>
/// <param name="handler">Answers in the place of the network; null for real sockets. Not owned.</param>
internal sealed class HealthProbe(TimeProvider time, HttpMessageHandler? handler) : IDisposable
{
    private HttpMessageInvoker? _invoker;
    private bool _verifiesTls;
    private Task _last = Task.CompletedTask;

    /// <summary>Checks once. Whatever goes wrong is a failed check; only <paramref name="stopped"/> throws.</summary>
    /// <param name="backend">Whom.</param>
    /// <param name="stopped">Ends when nobody wants to know any more.</param>
    /// <exception cref="OperationCanceledException">Nobody wants to know any more.</exception>
    public async Task<CheckResult> CheckAsync(BackendOptions backend, CancellationToken stopped)
    {
        // A function that ignores its time-out must not pile up.
        if (!_last.IsCompleted)
            return CheckResult.Failed("the check before has not ended yet");
        var health = backend.Health;
        using var timeout = new CancellationTokenSource(health.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopped);
        var check = Task.Run(() => health.Check is { } own
            ? AskFunctionAsync(own, backend, either.Token)
            : AskHttpAsync(backend, either.Token));
        _last = check.ContinueWith(
            static done => done.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        try
        {
            return await check.WaitAsync(either.Token);
        }
        catch (Exception) when (stopped.IsCancellationRequested)
        {
            throw new OperationCanceledException(stopped);
        }
        catch (Exception) when (timeout.IsCancellationRequested)
        {
            return CheckResult.Failed($"timed out after {health.Timeout.TotalMilliseconds:0} ms");
        }
        catch (Exception exception)
        {
            return CheckResult.Failed(Describe(exception));
        }
    }

    public void Dispose() => _invoker?.Dispose();

    private static string Describe(Exception exception) =>
        exception is HttpRequestException { InnerException: { } inner } ? inner.Message : exception.Message;

    private static async Task<CheckResult> AskFunctionAsync(
        HealthCheck own, BackendOptions backend, CancellationToken cancellationToken) =>
        await own(backend, cancellationToken) ? CheckResult.Good : CheckResult.Failed("the check said no");

    private async Task<CheckResult> AskHttpAsync(BackendOptions backend, CancellationToken cancellationToken)
    {
        using var request = Request(backend);

        // The head is all that is read: an invoker, unlike a client, does not wait for the body.
        using var response = await InvokerFor(backend).SendAsync(request, cancellationToken);
        return backend.Health.Algorithm == HealthAlgorithm.Http || response.IsSuccessStatusCode
            ? CheckResult.Good
            : CheckResult.Failed($"answered {(int)response.StatusCode}");
    }

    private static HttpRequestMessage Request(BackendOptions backend)
    {
        var health = backend.Health;
        var request = new HttpRequestMessage(
            new HttpMethod(health.Method), new Uri(Backend.TextOf(backend.Url) + health.Path))
        {
            Version = backend.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,

            // As requests are sent: what cannot take those is not well.
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach (var (name, value) in health.Headers)
        {
            if (request.Headers.TryAddWithoutValidation(name, value))
                continue;

            // Such as Content-Type, which belongs to a body, if only to an empty one.
            request.Content ??= new ByteArrayContent([]);
            ((HttpHeaders)request.Content.Headers).TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private HttpMessageInvoker InvokerFor(BackendOptions backend)
    {
        if (_invoker is not null && _verifiesTls == backend.VerifyTls)
            return _invoker;
        _invoker?.Dispose();
        _verifiesTls = backend.VerifyTls;
        return _invoker = handler is null
            ? new HttpMessageInvoker(MakeHandler(backend.VerifyTls))
            : new HttpMessageInvoker(handler, disposeHandler: false);
    }

    private static SocketsHttpHandler MakeHandler(bool verifyTls)
    {
        var handler = OutgoingHttp.CreateHandler();

        // A connection for each check, closed at once: the rest of a body is not waited for.
        handler.PooledConnectionLifetime = TimeSpan.Zero;
        handler.MaxResponseDrainSize = 0;
        handler.ResponseDrainTimeout = TimeSpan.Zero;
        handler.SslOptions.RemoteCertificateValidationCallback = OutgoingHttp.JudgeOf(verifyTls);
        return handler;
    }
}
