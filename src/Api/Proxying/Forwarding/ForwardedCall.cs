using System.Net;
using System.Runtime.CompilerServices;
using ActorBalancer.Api.Proxying.Access;
using ActorBalancer.Api.Proxying.Clients;
using ActorBalancer.Api.Proxying.Tunnels;
using ActorBalancer.Engine.Proxying;
using ActorBalancer.Engine.Proxying.Options;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.ObjectPool;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>One request on its way: checked, placed, sent, perhaps sent elsewhere, answered, counted out.</summary>
/// <remarks>
/// F1: <see cref="ProxyPool.Leave"/> follows each <see cref="PickKind.Entered"/> exactly once, after the last byte of
/// the answer, whatever happened in between.
/// F2: a backend is told of each attempt once, and a second time only when the body of its answer breaks off.
/// F3: no attempt follows one of which the client has seen a byte, or for which a byte of its body was read.
/// </remarks>
internal sealed partial class ForwardedCall(
    HttpContext context,
    PoolRoute route,
    TimeProvider time,
    ObjectPool<CallClock> clocks,
    ILogger log,
    CancellationToken stopping)
{
    private readonly long _started = time.GetTimestamp();
    private readonly CallClock _clock = clocks.Get();
    private readonly HttpRequestMessage _message = new();
    private CancellationToken _client;
    private IPAddress? _address;
    private WebSocketIntent _intent;
    private string? _webSocketKey;
    private RequestBody? _body;
    private List<Backend>? _tried;
    private Backend? _backend;
    private ErrorAnswer? _error;
    private AttemptKind _end;
    private int _tries;
    private int _status;
    private long _bytesIn;
    private long _bytesOut;

    /// <summary>The backend that was tried last; null for none.</summary>
    public string? BackendId => _backend?.Id;

    /// <summary>Status that the client was answered with, or 499 when it had gone; 0 before that.</summary>
    public int Status => _status;

    private PoolOptions Options => route.Options;

    /// <summary>Handles it. Throws nothing.</summary>
    public async Task RunAsync()
    {
        try
        {
            _client = ClientToken(context);
            _clock.Begin(_client);
            _address = ClientAddress.Of(context, Options.Listener);
            _intent = WebSocketHandshake.Of(context);
            _error = RequestRules.Refuse(context.Request, _intent, Options.Limits.RequestBodyMax) ?? FillMessage();
            if (_error is null)
                await PlaceAsync();
            if (_error is not null)
                await FailAsync(_error);
        }
        catch (OperationCanceledException) when (_client.IsCancellationRequested)
        {
            _status = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception exception)
        {
            // A fault of the proxy's own. The log alone is told of it, and Kestrel sees nothing of it.
            ProxyLog.Fault(log, FaultText.Of(exception));
            await FailAsync(ErrorAnswer.Internal);
        }
        finally
        {
            clocks.Return(_clock);
            if (route.Log is { } lines)
            {
                lines.Write(context, new AccessEntry(
                    _backend?.Id, _status, time.GetElapsedTime(_started), _bytesIn, _bytesOut, _tries));
            }
        }
    }

    // HttpContext.RequestAborted would make a source for each request. For HTTP/1.1 the connection's own token says
    // the same: one request at a time runs on it.
    private static CancellationToken ClientToken(HttpContext context) =>
        HttpProtocol.IsHttp2(context.Request.Protocol)
            ? context.RequestAborted
            : context.Features.Get<IConnectionLifetimeFeature>()?.ConnectionClosed ?? context.RequestAborted;

    private async ValueTask PlaceAsync()
    {
        var pool = route.Pool;
        var request = route.Sticky.Read(context.Request, _address, out var isCurrent);
        var named = isCurrent ? request.Named : null;
        while (true)
        {
            var pick = await pool.EnterAsync(request, _client);
            if (pick.Backend is not { } backend)
            {
                // After a failed attempt its failure is what the client is told.
                _error ??= pick.Kind == PickKind.Full ? ErrorAnswer.Full : ErrorAnswer.NoBackend;
                return;
            }

            try
            {
                _backend = backend;
                _tries++;
                _error = null;
                if (pool.Events.HasListeners)
                {
                    pool.Events.Publish(new RequestEvent(
                        _address?.ToString() ?? "", backend.UrlText, backend.Id, Options.Strategy));
                }

                if (await TryAsync(backend, named == backend))
                    return;
            }
            finally
            {
                pool.Leave(backend);
            }

            _error = ErrorOf(_end);
            if (!MayTryElsewhere())
                return;
            (_tried ??= new List<Backend>(Options.Retry.Attempts)).Add(backend);
            request = request with { Tried = _tried };
        }
    }

    /// <returns>False when the backend gave nothing that can be passed on; <see cref="_end"/> says why.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TryAsync(Backend backend, bool isKnown)
    {
        var chosen = time.GetTimestamp();
        HttpResponseMessage? response = null;
        try
        {
            Address(backend);
            _clock.Limit(Options.Timeouts.FirstByte);
            response = await backend.Invoker.SendAsync(_message, _clock.Token);
            if (!AnswerRules.IsRight(response, _intent == WebSocketIntent.Opening, _webSocketKey)
                || !CopyHead(response))
            {
                return End(backend, AttemptKind.BadAnswer, chosen);
            }

            _status = (int)response.StatusCode;
            AddOwnHeaders(backend, isKnown);
            if (_status == StatusCodes.Status101SwitchingProtocols)
            {
                await TunnelAsync(backend, response, chosen);
                return true;
            }

            Answered(backend, chosen);
            await CopyBodyAsync(backend, response);
            return true;
        }
        catch (Exception exception) when (response is null)
        {
            return End(backend, JudgeFailure(exception, backend), chosen);
        }
        finally
        {
            response?.Dispose();
            if (_body is not null)
            {
                await _body.StopAsync();
                _bytesIn = _body.Bytes;
            }
        }
    }

    private bool End(Backend backend, AttemptKind kind, long chosen)
    {
        backend.Observe(new AttemptResult(kind, 0, time.GetElapsedTime(chosen)));
        _end = kind;
        return false;
    }

    private void Answered(Backend backend, long chosen) => backend.Observe(
        new AttemptResult(AttemptKind.Answered, Math.Min(_status, 599), time.GetElapsedTime(chosen)));

    private async ValueTask TunnelAsync(Backend backend, HttpResponseMessage response, long chosen)
    {
        // The tunnel has times of its own, and watches the client itself.
        _clock.Limit(TimeSpan.Zero);
        _clock.Detach();
        if (await Tunnel.AcceptAsync(context) is not { } client)
        {
            // Nobody was answered with 101. The backend is not at fault, and no other is asked.
            End(backend, AttemptKind.ClientGone, chosen);
            _error = ErrorAnswer.NoUpgrade;
            return;
        }

        Answered(backend, chosen);
        (_bytesIn, _bytesOut) = await Tunnel.RunAsync(context, client, route, backend, response, time, stopping);
    }

    private bool MayTryElsewhere()
    {
        var retry = Options.Retry;
        if (_tries > retry.Attempts || _body?.Bytes > 0 || context.Response.HasStarted)
            return false;
        var isSafe = _end == AttemptKind.ConnectFailed
            || (_end == AttemptKind.NoAnswer && retry.WhenNoAnswer && RequestRules.IsIdempotent(context.Request));
        return isSafe && route.Pool.TryTakeRetry();
    }

    private ErrorAnswer ErrorOf(AttemptKind kind) => kind switch
    {
        AttemptKind.ClientGone => RequestRules.ErrorOf(_body),
        AttemptKind.TimedOut => ErrorAnswer.Timeout,
        _ => ErrorAnswer.BadGateway,
    };

    private async Task FailAsync(ErrorAnswer error)
    {
        if (_client.IsCancellationRequested)
        {
            _status = StatusCodes.Status499ClientClosedRequest;
            return;
        }

        _status = error.Status;
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        try
        {
            context.Response.Clear();
            await error.WriteAsync(context);
        }
        catch (Exception)
        {
            // The client has just gone, or its connection is beyond use.
            context.Abort();
        }
    }
}
