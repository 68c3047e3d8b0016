using System.Text.Json;
using ActorBalancer.Testing.Workers;
using ActorBalancer.Trials.Rigs;

namespace ActorBalancer.Trials.Local;

/// <summary>Workers inside the driver that do what a trial says, and tasks for them.</summary>
internal static class FakeWorkers
{
    /// <summary>Starts some.</summary>
    public static async Task<List<FakeWorker>> StartAsync(int count, int slots)
    {
        var workers = new List<FakeWorker>(count);
        for (var number = 0; number < count; number++)
        {
            workers.Add(await FakeWorker.StartAsync(new FakeWorkerOptions
            {
                Slots = slots,
                AuthKey = BalancerClient.WorkerKey,
                LbAuthKey = BalancerClient.Key,
            }));
        }

        return workers;
    }

    /// <summary>A rig whose only workers are these.</summary>
    public static Task<Rig> RigAsync(IEnumerable<FakeWorker> workers, params (string Name, string Value)[] settings) =>
        Rig.StartAsync(new RigOptions
        {
            Workers = 0,
            OtherWorkers = [.. workers.Select(static worker => worker.Url)],
            Settings = settings,
        });

    /// <summary>A task for them; its input is a name.</summary>
    /// <param name="name">What its worker finds in the input.</param>
    /// <param name="mode">Mode.</param>
    /// <param name="more">Further members, each with a comma in front.</param>
    public static string Body(string name, string mode = "async", string more = "") =>
        "{\"group\":\"hello\",\"contract\":1,\"function\":\"hello\",\"mode\":\"" + mode + "\"" + more
        + ",\"input\":{\"name\":\"" + name + "\"}}";

    /// <summary>The name in a call's input.</summary>
    public static string NameOf(FakeWorkerCall call) =>
        call.Json().GetProperty("input").GetProperty("name").GetString() ?? "";

    /// <summary>Answers with a result that repeats the name.</summary>
    public static Task AnswerNameAsync(FakeWorkerCall call) => call.RespondAsync(200, Result(NameOf(call)));

    /// <summary>A good answer with that result.</summary>
    public static string Result(string text) =>
        "{\"success\":true,\"result\":{\"name\":" + JsonSerializer.Serialize(text) + "}}";

    /// <summary>The result's name in an answer of <c>GET /task/{id}</c>; null when it has none.</summary>
    public static string? ResultName(Answer answer) =>
        answer.Json.TryGetProperty("result", out var result) && result.ValueKind == JsonValueKind.Object
            && result.TryGetProperty("name", out var name)
            ? name.GetString()
            : null;

    /// <summary>Ends them.</summary>
    public static async Task EndAsync(IEnumerable<FakeWorker> workers)
    {
        foreach (var worker in workers)
        {
            try
            {
                await worker.DisposeAsync();
            }
            catch (AggregateException)
            {
                // Connections that the trial broke on purpose.
            }
        }
    }
}
