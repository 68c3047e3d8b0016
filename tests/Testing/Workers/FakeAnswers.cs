using System.Text;

namespace ActorBalancer.Testing.Workers;

/// <summary>How a <see cref="FakeWorker"/> answers a call, well or badly.</summary>
/// <param name="call">The call; the answer is sent through it.</param>
/// <returns>Ends when the answer is given. Then the next request of the connection is read, unless the answer closed
/// it.</returns>
public delegate Task FakeAnswer(FakeWorkerCall call);

/// <summary>Answers to choose from. All are stateless and may serve many calls at once.</summary>
public static class FakeAnswers
{
    /// <summary>200 and <c>{"success":true,"result":{}}</c>.</summary>
    public static FakeAnswer Ok { get; } = Json("""{"success":true,"result":{}}""");

    /// <summary>200 with the call's own body as the result.</summary>
    public static FakeAnswer Echo { get; } =
        call => call.RespondAsync(200, $$"""{"success":true,"result":{{call.BodyText}}}""");

    /// <summary>Waits for <see cref="FakeWorkerCall.Release"/> and gives that answer.</summary>
    public static FakeAnswer Held { get; } = async call => await (await call.WaitForReleaseAsync())(call);

    /// <summary>Never answers. Ends when the balancer gives up or the worker stops.</summary>
    public static FakeAnswer Hang { get; } = call => Task.Delay(Timeout.Infinite, call.Aborted);

    /// <summary>Bytes that are no HTTP, then the end of the connection.</summary>
    public static FakeAnswer Garbage { get; } = async call =>
    {
        await call.SendRawAsync(Encoding.Latin1.GetBytes("\u0000\u0001\u00ff this is no HTTP \r\n\r\n"));
        call.Close();
    };

    /// <summary>A good head that promises 1,000 bytes, 20 of them, then the end of the connection.</summary>
    public static FakeAnswer CloseInBody { get; } = async call =>
    {
        await call.SendRawAsync(FakeWorkerCall.Head(200,
            [("content-type", "application/json"), ("content-length", "1000")]));
        await call.SendRawAsync("""{"success":true,"resu"""u8.ToArray());
        call.Close();
    };

    /// <summary>A chunked answer whose connection ends before the last chunk.</summary>
    public static FakeAnswer CloseInChunks { get; } = async call =>
    {
        await call.BeginChunksAsync(200, "application/json");
        await call.SendChunkAsync("""{"success":true,""");
        call.Close();
    };

    /// <summary>The end of the connection (FIN) without a byte.</summary>
    public static FakeAnswer Close { get; } = call =>
    {
        call.Close();
        return Task.CompletedTask;
    };

    /// <summary>The end of the connection by RST without a byte.</summary>
    public static FakeAnswer Reset { get; } = call =>
    {
        call.Reset();
        return Task.CompletedTask;
    };

    /// <summary>200 and a chunked body of 16 KiB chunks that has no end until the balancer closes.</summary>
    public static FakeAnswer EndlessBody { get; } = async call =>
    {
        var chunk = new string('x', 16 * 1024);
        await call.BeginChunksAsync(200, "application/json");
        while (!call.Aborted.IsCancellationRequested)
            await call.SendChunkAsync(chunk);
    };

    /// <summary>503 as a worker in maintenance gives it.</summary>
    public static FakeAnswer Maintenance { get; } = Status(503, """{"error":"Worker is in maintenance"}""");

    /// <summary>500 as a function that failed gives it.</summary>
    public static FakeAnswer Failure { get; } = Status(500, """{"success":false,"error":"It failed"}""");

    /// <summary>400 as a call with wrong parameters gets it.</summary>
    public static FakeAnswer BadRequest { get; } = Status(400, """{"error":"Parameter 'name' is missing"}""");

    /// <summary>200 with this body.</summary>
    public static FakeAnswer Json(string body) => Status(200, body);

    /// <summary>A status with this body.</summary>
    public static FakeAnswer Status(int status, string body, params (string Name, string Value)[] headers) =>
        call => call.RespondAsync(status, body, "application/json", headers);

    /// <summary>200 with one header of that many bytes.</summary>
    public static FakeAnswer HugeHeader(int bytes) =>
        call => call.RespondAsync(200, "{}", "application/json", ("x-huge", new string('h', bytes)));

    /// <summary>200 with these chunks, one after the other, at once.</summary>
    public static FakeAnswer Chunks(string contentType, params string[] chunks) => async call =>
    {
        await call.BeginChunksAsync(200, contentType);
        foreach (var chunk in chunks)
            await call.SendChunkAsync(chunk);
        await call.SendChunkAsync("");
    };
}
