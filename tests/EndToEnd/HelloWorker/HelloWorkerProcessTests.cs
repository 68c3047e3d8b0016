using System.Net.Http.Headers;
using System.Text;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.EndToEnd.HelloWorker;

/// <summary>The sample as a process of its own, started and ended as a user and a kernel would.</summary>
public sealed class HelloWorkerProcessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_ThenSigterm_LetsTheRunningTaskEnd()
    {
        using var folder = new TemporaryFolder();
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "tasks");
        using var http = new HttpClient();

        var running = PostAsync(http, worker.Url, "sleep", """{"ms":300,"id":"s"}""");
        await worker.WaitForLogAsync("started");
        worker.Process.Signal("TERM");
        using var answer = await running;

        (await answer.Content.ReadAsStringAsync(Cancel)).ShouldBe("""{"success":true,"result":{"slept":300}}""");
        (await worker.Process.WaitForExitAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Kill_WhileATaskRuns_LeavesItsLineInTheTaskLog()
    {
        using var folder = new TemporaryFolder();
        await using var worker = await HelloWorkerProcess.StartAsync(folder, "tasks");
        using var http = new HttpClient();

        using var done = await PostAsync(http, worker.Url, "hello", """{"name":"a","id":"first"}""");
        var running = PostAsync(http, worker.Url, "sleep", """{"ms":600000,"id":"second"}""");
        await worker.WaitForLogAsync("second");
        worker.Process.Signal("KILL");
        await worker.Process.WaitForExitAsync();

        await Should.ThrowAsync<HttpRequestException>(running);
        var lines = worker.ReadLog().Select(
            line => $"{line.GetProperty("event")} {line.GetProperty("id")} {line.GetProperty("outcome")} "
                + line.GetProperty("authorized"));
        lines.ShouldBe(["started first  True", "ended first done True", "started second  True"]);
    }

    [Fact]
    public async Task Start_WrongSettings_SaysSoInOneLine()
    {
        using var folder = new TemporaryFolder();
        await using var process = HelloWorkerProcess.Launch(folder, ("SLOTS", "none"), ("CONTRACT", "0"));

        var error = await process.ReadErrorsAsync();

        (await process.WaitForExitAsync()).ShouldBe(2);
        error.ShouldBe("HelloWorker does not start: CONTRACT is '0': it must be a whole number from 1 to 2147483647; "
            + "SLOTS is 'none': it must be a whole number from 1 to 10000.\n");
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient http, string url, string function, string input)
    {
        var body = $$"""{"group":"hello","function":"{{function}}","contract":1,"input":{{input}}}""";
        var request = new HttpRequestMessage(HttpMethod.Post, url + "/task")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", HelloWorkerClient.AuthKey);
        return http.SendAsync(request, Cancel);
    }
}
