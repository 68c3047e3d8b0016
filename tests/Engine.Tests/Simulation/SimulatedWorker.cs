using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace ActorBalancer.Engine.Tests.Simulation;

/// <summary>A worker with slots, moods and deaths. It outlives the balancer's lives.</summary>
internal sealed class SimulatedWorker(SimulationLoop loop, int number, List<Execution> executions)
{
    private const int Limit = 3;

    /// <summary>A call that was made before the order may come in so many milliseconds after its answer.</summary>
    private const int OnItsWay = 20;

    private readonly List<Execution> _running = [];

    public string Host { get; } = $"w{number}";

    public string Url => $"http://{Host}";

    /// <summary>When the balancer said that it gives it no more tasks; null while it may.</summary>
    public long? DrainedAt { get; set; }

    /// <summary>Orders about that so far.</summary>
    public int DrainOrders { get; set; }

    /// <summary>Its process runs.</summary>
    public bool IsUp { get; private set; } = true;

    public bool IsInMaintenance { get; set; }

    /// <summary>Share of tasks that are treated badly.</summary>
    public double FaultShare { get; set; }

    /// <summary>The process dies; of the connections some are closed, others say nothing any more.</summary>
    public void Die()
    {
        IsUp = false;
        loop.Tell($"{Host} dies");
        foreach (var execution in _running.ToArray())
        {
            Stop(execution);
            if (loop.Chance(0.5))
                Release(execution, () => execution.Answer!.TrySetException(Broken()));
        }
    }

    public void Rise()
    {
        IsUp = true;
        loop.Tell($"{Host} rises");
    }

    public void Stop(Execution execution)
    {
        execution.IsRunning = false;
        _running.Remove(execution);
    }

    public void OnHealth(TaskCompletionSource<HttpResponseMessage> answer, CancellationToken cancellationToken)
    {
        cancellationToken.UnsafeRegister(_ => answer.TrySetCanceled(cancellationToken), null);
        if (loop.Chance(FaultShare / 4))
            return;
        loop.In(loop.Random.Next(5), () =>
        {
            if (!IsUp)
                answer.TrySetException(Unreachable());
            else if (loop.Chance(FaultShare / 4))
                answer.TrySetResult(Respond(HttpStatusCode.InternalServerError, "{}"u8.ToArray()));
            else
                answer.TrySetResult(Respond(HttpStatusCode.OK, Health()));
        });
    }

    public void OnTask(
        Call call, SimulatedLife life, TaskCompletionSource<HttpResponseMessage> answer,
        CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            answer.TrySetCanceled(cancellationToken);
            return;
        }

        if (!IsUp)
        {
            loop.In(loop.Random.Next(3), () => answer.TrySetException(Unreachable()));
            return;
        }

        if (DrainedAt + OnItsWay < loop.Now)
            loop.Break($"{Host} drains since {DrainedAt} and got task {call.Task}");
        if (_running.Count >= Limit || IsInMaintenance || loop.Chance(FaultShare / 5))
        {
            loop.In(loop.Random.Next(3), () => answer.TrySetResult(
                Respond(HttpStatusCode.ServiceUnavailable, """{"error":"busy"}"""u8.ToArray())));
            return;
        }

        var execution = new Execution
        {
            Number = executions.Count,
            Call = call,
            Life = life,
            Worker = this,
            Treatment = loop.Chance(FaultShare) ? (Treatment)loop.Random.Next(1, 7) : Treatment.Good,
            StartedAt = loop.Now,
            Answer = answer,
        };
        executions.Add(execution);
        _running.Add(execution);
        loop.Tell($"begins {execution}");
        cancellationToken.UnsafeRegister(_ => Abort(execution, cancellationToken), null);
        Treat(execution);
    }

    private void Treat(Execution execution)
    {
        var time = execution.Treatment == Treatment.Slow ? loop.Random.Next(300, 3000) : loop.Random.Next(60);
        switch (execution.Treatment)
        {
            case Treatment.Good or Treatment.Slow:
                loop.In(time, () => End(execution, () =>
                {
                    execution.WasAnswered = true;
                    execution.Answer!.TrySetResult(Respond(HttpStatusCode.OK, execution.Result));
                }));
                break;
            case Treatment.Fails:
                loop.In(time, () => End(execution, () => execution.Answer!.TrySetResult(
                    Respond(HttpStatusCode.InternalServerError, """{"error":"failed"}"""u8.ToArray()))));
                break;
            case Treatment.Refuses:
                loop.In(time, () => End(execution, () =>
                {
                    execution.WasAnswered = true;
                    execution.Answer!.TrySetResult(
                        Respond(HttpStatusCode.BadRequest, """{"error":"refused"}"""u8.ToArray()));
                }));
                break;
            case Treatment.Garbage:
                loop.In(time, () => End(execution, () => execution.Answer!.TrySetResult(
                    Respond(HttpStatusCode.OK, "{"u8.ToArray()))));
                break;
            case Treatment.BreaksOff:
                // The connection breaks first; the worker goes on with what nobody wants.
                loop.In(time, () => Release(execution, () => execution.Answer!.TrySetException(Broken())));
                loop.In(time + loop.Random.Next(200), () => Stop(execution));
                break;
        }
    }

    private void End(Execution execution, Action answer)
    {
        if (!execution.IsRunning)
            return;
        Stop(execution);
        Release(execution, answer);
    }

    private void Release(Execution execution, Action answer)
    {
        if (!execution.IsOpen)
            return;
        execution.ReleasedAt = loop.Now;
        loop.Tell($"ends {execution}");
        answer();
    }

    // The balancer closes the connection. Its answer may be on the way; and the worker need not notice.
    private void Abort(Execution execution, CancellationToken cancellationToken)
    {
        execution.WasAborted = true;
        if (!execution.IsOpen)
            return;
        execution.ReleasedAt = loop.Now;
        loop.Tell($"aborts {execution}");
        if (loop.Chance(0.3) && execution.Treatment is Treatment.Good or Treatment.Slow)
            execution.Answer!.TrySetResult(Respond(HttpStatusCode.OK, execution.Result));
        else
            execution.Answer!.TrySetCanceled(cancellationToken);
        if (execution.Treatment == Treatment.Hangs || loop.Chance(0.5))
            Stop(execution);
    }

    private byte[] Health() => Encoding.ASCII.GetBytes(
        $$"""
        {"group":"g","contract":1,"status":"{{(IsInMaintenance ? "maintenance" : "ready")}}",
        "slots":{"used":{{_running.Count}},"available":{{Limit - _running.Count}},"limit":{{Limit}},"queue":0},
        "functions":[{"name":"work"}]}
        """);

    private static HttpResponseMessage Respond(HttpStatusCode status, byte[] body) => new(status)
    {
        Content = new ByteArrayContent(body)
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        },
    };

    private static HttpRequestException Unreachable() =>
        new(HttpRequestError.ConnectionError, "the simulated worker refuses connections");

    private static HttpRequestException Broken() =>
        new(HttpRequestError.ResponseEnded, "the simulated worker broke off");
}
