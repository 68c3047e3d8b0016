namespace ActorBalancer.Api.Health;

/// <summary><c>GET /logs</c>: the last lines of the balancer's log.</summary>
internal sealed class LogsEndpoint(Func<IReadOnlyList<string>> lines)
{
    /// <summary>Answers <c>{"logs":[...]}</c>, oldest line first.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        return JsonAnswer.WriteAsync(context.Response, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("logs"u8);
            foreach (var line in lines())
                json.WriteStringValue(line);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }
}
