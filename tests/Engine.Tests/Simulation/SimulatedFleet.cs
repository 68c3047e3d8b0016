using System.Globalization;
using System.Text;
using ActorBalancer.Engine.Workers;

namespace ActorBalancer.Engine.Tests.Simulation;

/// <summary>The workers of a world, and every execution they ever began.</summary>
internal sealed class SimulatedFleet
{
    private readonly SimulationLoop _loop;

    public SimulatedFleet(SimulationLoop loop, int count)
    {
        _loop = loop;
        Workers = [.. Enumerable.Range(1, count).Select(number => new SimulatedWorker(loop, number, Executions))];
        Entries = [.. Workers.Select(worker => new WorkerEntry(worker.Url))];
    }

    public IReadOnlyList<SimulatedWorker> Workers { get; }

    public IReadOnlyList<WorkerEntry> Entries { get; }

    public List<Execution> Executions { get; } = [];

    /// <summary>The way from a life to the workers.</summary>
    public HttpMessageHandler Connect(SimulatedLife life) => new Wire(this, life);

    /// <summary>The connections of a life break: some workers go on all the same.</summary>
    public void Disconnect(SimulatedLife life)
    {
        foreach (var execution in Executions.Where(execution => execution.Life == life && execution.IsOpen))
        {
            execution.ReleasedAt = _loop.Now;
            if (execution.Treatment == Treatment.Hangs || _loop.Chance(0.5))
                execution.Worker.Stop(execution);
        }
    }

    private sealed class Wire(SimulatedFleet fleet, SimulatedLife life) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var worker = fleet.Workers.First(worker => worker.Host == request.RequestUri!.Host);
            var answer = new TaskCompletionSource<HttpResponseMessage>(
                TaskCreationOptions.RunContinuationsAsynchronously);
            if (request.Method == HttpMethod.Get)
                worker.OnHealth(answer, cancellationToken);
            else
                worker.OnTask(ReadCall(request), life, answer, cancellationToken);
            return answer.Task;
        }

        private static Call ReadCall(HttpRequestMessage request)
        {
            using var body = new StreamReader(request.Content!.ReadAsStream());
            return new Call(
                int.Parse(body.ReadToEnd(), CultureInfo.InvariantCulture),
                int.Parse(Header("x-task-attempt"), CultureInfo.InvariantCulture),
                long.Parse(Header("x-fencing-token"), CultureInfo.InvariantCulture),
                DateTimeOffset.Parse(Header("x-task-deadline"), CultureInfo.InvariantCulture));

            string Header(string name) => request.Headers.NonValidated[name].ToString();
        }
    }
}

/// <summary>What a call says.</summary>
internal sealed record Call(int Task, int Attempt, long Token, DateTimeOffset Deadline);

/// <summary>How a worker treats a task.</summary>
internal enum Treatment
{
    Good,
    Slow,
    Fails,
    Refuses,
    Garbage,
    BreaksOff,
    Hangs,
}

/// <summary>One execution of a task on a worker.</summary>
internal sealed class Execution
{
    public required int Number { get; init; }

    public required Call Call { get; init; }

    public required SimulatedLife Life { get; init; }

    public required SimulatedWorker Worker { get; init; }

    public required Treatment Treatment { get; init; }

    public required long StartedAt { get; init; }

    /// <summary>When the balancer's side of the call was over: answered, broken, ended or dead; null while it is open.
    /// </summary>
    public long? ReleasedAt { get; set; }

    /// <summary>The balancer ended the call.</summary>
    public bool WasAborted { get; set; }

    /// <summary>An answer that ends the task was sent into an open connection.</summary>
    public bool WasAnswered { get; set; }

    /// <summary>The worker works on it.</summary>
    public bool IsRunning { get; set; } = true;

    public bool IsOpen => ReleasedAt is null;

    public byte[] Result => Encoding.ASCII.GetBytes($"[{Call.Task},{Number}]");

    public TaskCompletionSource<HttpResponseMessage>? Answer { get; init; }

    public override string ToString() =>
        $"execution {Number} of task {Call.Task}, attempt {Call.Attempt}, token {Call.Token}, life {Life.Number}, "
        + $"{Worker.Host}, {Treatment}, {StartedAt}..{ReleasedAt}{(WasAborted ? " aborted" : "")}";
}
