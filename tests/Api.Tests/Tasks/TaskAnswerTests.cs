using System.Text;
using ActorBalancer.Api.Tests.Hosting;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

public sealed class TaskAnswerTests(EdgeFixture fixture) : IClassFixture<EdgeFixture>
{
    private const string Body = """{"group":"g","function":"f","contract":1}""";

    private readonly EdgeHarness _edge = fixture.Edge;

    [Theory]
    [InlineData("""{"success":true,"result":[1,2]}""", "application/json; a=b", "application/json; a=b")]
    [InlineData("plain", "text/plain", "text/plain")]
    [InlineData("{ }", null, "application/json")]
    [InlineData("{}", "", "application/json")]
    [InlineData("{}", "text/\u0007", "application/json")]
    [InlineData("{}", "text/\u00e9", "application/json")]
    [InlineData("", "application/json", "application/json")]
    [InlineData("no json \u0000 é", "application/octet-stream", "application/octet-stream")]
    public async Task Post_Succeeded_PassesTheReplyOnByteForByte(string reply, string? type, string expectedType)
    {
        var workerReply = Replies.Of(reply, type);

        var answer = await RunAsync(new TaskOutcome
        {
            Kind = TaskOutcomeKind.Succeeded,
            WorkerStatus = 200,
            Reply = workerReply,
        });

        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe(reply);
        answer.Header("Content-Type").ShouldBe(expectedType);
        answer.Header("Content-Length").ShouldBe(Encoding.UTF8.GetByteCount(reply).ToString());
        Should.Throw<ObjectDisposedException>(() => workerReply.Body);
    }

    [Fact]
    public async Task Post_SucceededWithLargeReply_PassesAllOfIt()
    {
        var reply = new string('x', 5_000_000);

        var answer = await RunAsync(new TaskOutcome { Kind = TaskOutcomeKind.Succeeded, Reply = Replies.Of(reply) });

        answer.Text.ShouldBe(reply);
    }

    [Fact]
    public async Task Post_SucceededWithoutReply_AnswersAnEmptyBody()
    {
        var answer = await RunAsync(new TaskOutcome { Kind = TaskOutcomeKind.Succeeded, WorkerStatus = 200 });

        answer.Status.ShouldBe(200);
        answer.Header("Content-Length").ShouldBe("0");
    }

    [Theory]
    [InlineData(400, "hé\n<script>", "hé\n<script>")]
    [InlineData(404, "Function not found", "Function not found")]
    [InlineData(422, null, "The worker refused the task with status 422.")]
    public async Task Post_Refused_SaysTheWorkersWords(int status, string? words, string error)
    {
        var answer = await RunAsync(new TaskOutcome
        {
            Kind = TaskOutcomeKind.Refused,
            WorkerStatus = status,
            Error = words,
        });

        answer.Status.ShouldBe(status);
        answer.Error.ShouldBe(error);
        answer.Code.ShouldBe("worker_refused");
    }

    [Theory]
    [InlineData("Invalid token", "Invalid token")]
    [InlineData(null, "The worker refused the key in 'x-wr-auth'.")]
    public async Task Post_RefusedWith401_SaysWhoRefusedWhichKey(string? words, string error)
    {
        var answer = await RunAsync(new TaskOutcome
        {
            Kind = TaskOutcomeKind.Refused,
            WorkerStatus = 401,
            Error = words,
        });

        answer.Status.ShouldBe(401);
        answer.Error.ShouldBe(error);
        answer.Code.ShouldBe("worker_unauthorized");
        answer.Json.GetProperty("detail").GetString().ShouldBe("The worker refused the key in 'x-wr-auth'.");
        answer.Header("WWW-Authenticate").ShouldBe("Bearer");
    }

    [Theory]
    [InlineData(200)]
    [InlineData(500)]
    [InlineData(0)]
    public async Task Post_RefusedWithAStatusThatIsNone_Gets400(int workerStatus)
    {
        var answer = await RunAsync(new TaskOutcome { Kind = TaskOutcomeKind.Refused, WorkerStatus = workerStatus });

        answer.Status.ShouldBe(400);
    }

    [Theory]
    [InlineData(TaskOutcomeKind.Failed, 500, "task_failed", false)]
    [InlineData(TaskOutcomeKind.TimedOut, 504, "task_timed_out", false)]
    [InlineData(TaskOutcomeKind.NoWorker, 503, "no_worker", false)]
    [InlineData(TaskOutcomeKind.Overloaded, 503, "overloaded", true)]
    [InlineData(TaskOutcomeKind.QueueFull, 429, "queue_full", true)]
    [InlineData(TaskOutcomeKind.Unavailable, 503, "unavailable", true)]
    [InlineData(TaskOutcomeKind.Cancelled, 409, "task_cancelled", false)]
    [InlineData(TaskOutcomeKind.Expired, 504, "task_expired", false)]
    [InlineData(TaskOutcomeKind.KeyReused, 422, "idempotency_key_reused", false)]
    [InlineData(TaskOutcomeKind.WebhookRefused, 400, "webhook_refused", false)]
    [InlineData((TaskOutcomeKind)99, 500, "task_failed", false)]
    public async Task Post_Unsuccessful_GetsItsStatusCodeAndWords(
        TaskOutcomeKind kind, int status, string code, bool isRetryNamed)
    {
        var withWords = await RunAsync(new TaskOutcome { Kind = kind, Error = "The words of the engine." });
        var without = await RunAsync(new TaskOutcome { Kind = kind });
        var withTime = await RunAsync(new TaskOutcome { Kind = kind, RetryAfter = TimeSpan.FromSeconds(2.1) });

        withWords.Status.ShouldBe(status);
        withWords.Code.ShouldBe(code);
        withWords.Error.ShouldBe("The words of the engine.");
        withWords.Header("Retry-After").ShouldBe(isRetryNamed ? "1" : null);
        without.Status.ShouldBe(status);
        without.Error.ShouldEndWith(".");
        withTime.Status.ShouldBe(status);
        if (status is 503 or 429)
            withTime.Header("Retry-After").ShouldBe("3");
    }

    [Fact]
    public async Task Post_Failed_SaysSuccessFalseAsAnderaDoes()
    {
        var failed = await RunAsync(new TaskOutcome { Kind = TaskOutcomeKind.Failed });
        var timedOut = await RunAsync(new TaskOutcome { Kind = TaskOutcomeKind.TimedOut });

        failed.Json.GetProperty("success").GetBoolean().ShouldBeFalse();
        timedOut.Json.TryGetProperty("success", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Post_ClientHasGone_ReplyIsDisposed()
    {
        await using var edge = await EdgeHarness.StartAsync(
            options => options with { StopTimeout = TimeSpan.FromSeconds(30) });
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var outcome = new TaskCompletionSource<TaskOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        edge.Balancer.Script = _ =>
        {
            asked.SetResult();
            return new ValueTask<TaskOutcome>(outcome.Task);
        };
        using var connection = await edge.ConnectAsync();
        await connection.SendAsync(
            $"POST /task HTTP/1.1\r\nHost: h\r\nAuthorization: {EdgeHarness.Key}\r\nx-wr-auth: k\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
        await asked.Task;
        connection.Reset();
        var reply = Replies.Of(new string('x', 100_000));

        outcome.SetResult(new TaskOutcome { Kind = TaskOutcomeKind.Succeeded, Reply = reply });

        // The stop waits for the request to end, whoever may still listen.
        await edge.StopAsync();
        Should.Throw<ObjectDisposedException>(() => reply.Body);
        edge.Log.Lines.ShouldBeEmpty();
    }

    private Task<EdgeAnswer> RunAsync(TaskOutcome outcome)
    {
        _edge.Balancer.Script = _ => new ValueTask<TaskOutcome>(outcome);
        return _edge.PostTaskAsync(Body);
    }
}
