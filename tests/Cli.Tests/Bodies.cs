namespace ActorBalancer.Cli.Tests;

/// <summary>Answers as a balancer gives them.</summary>
internal static class Bodies
{
    public const string Status = """
        {"at":"2026-01-02T03:04:05.000Z","state":"ready",
         "node":{"id":"n1","version":"1.2.3","role":"both","host":"box","processId":77,"startedAt":"2026-01-02T03:00:00.000Z","uptimeSeconds":245},
         "store":{"name":"redis","state":"ready"},
         "tasks":{"submitted":1000,"succeeded":990,"dead":3,"cancelled":2,"expired":1,"attempts":1010,"retries":10,
           "submittedPerSecond":12.34,"completedPerSecond":11,"failedPerSecond":0.5,"waiting":4,"running":5,"scheduled":6,"deadKept":3},
         "latencyMs":{"wait":{"p50":1.2,"p95":20,"p99":300},"run":{"p50":null,"p95":null,"p99":null},"total":{"p50":5,"p95":6000,"p99":70000}},
         "queues":{"count":2,"paused":1,"oldestAgeMs":61000},
         "workers":{"count":3,"ready":2,"maintenance":0,"offline":1,"invalid":0,"draining":0,"slotsUsed":5,"slotsLimit":20},
         "proxy":{"pools":1,"backends":2,"healthy":1,"active":3,"requestsPerSecond":100,"errorsPerSecond":0},
         "nodes":{"count":2},
         "process":{"cpuPercent":12.5,"memoryBytes":104857600,"heapBytes":1048576,"threads":20},
         "streams":{"open":1}}
        """;

    public const string Queues = """
        {"queues":[
          {"group":"hello","contract":1,"paused":false,"pausedUntil":null,"counts":{"queued":4,"running":5,"retrying":0,"scheduled":6,"dead":3},"rates":{"inPerSecond":12.34,"outPerSecond":11},"oldestAgeMs":61000},
          {"group":"a/b","contract":2,"paused":true,"pausedUntil":null,"counts":{"queued":0,"running":0,"retrying":0,"scheduled":0,"dead":0},"rates":{"inPerSecond":0,"outPerSecond":0},"oldestAgeMs":null}]}
        """;

    public const string WorkerOneId = "aHR0cDovLzEwLjAuMC4xOjUwMDE";

    public const string WorkerOne = """
        {"id":"aHR0cDovLzEwLjAuMC4xOjUwMDE","url":"http://10.0.0.1:5001","node":"n1","group":"hello","contract":1,"status":"ready","serving":true,"draining":false,"hasKey":true,"websocketPort":5002,
         "slots":{"used":5,"available":5,"limit":10,"queue":1},"system":{"uptime":3600,"cpuLoad":12.5,"usedMemoryPercent":40},
         "functions":[{"name":"hello","params":{"name":"string"}}],"tags":["eu","gpu"],"services":[{"name":"db","status":"up"}],"contractValid":true,"contractMismatchReason":null}
        """;

    public const string WorkerTwo = """
        {"id":"aHR0cDovLzEwLjAuMC4yOjUwMDE","url":"http://10.0.0.2:5001","node":null,"group":"hello","contract":1,"status":"ready","serving":false,"draining":false,"hasKey":false,"websocketPort":null,
         "slots":{"used":0,"available":10,"limit":10,"queue":0},"system":null,"functions":[],"tags":[],"services":[],"contractValid":false,"contractMismatchReason":"function 'hello' is missing"}
        """;

    public const string Workers = "{\"workers\":[" + WorkerOne + "," + WorkerTwo + "]}";

    public const string TaskId = "01a2007d8624793b8102a50000000001";

    public const string Task = """
        {"taskId":"01a2007d8624793b8102a50000000001","state":"succeeded","group":"hello","contract":1,"function":"greet","mode":"async","priority":1,"tags":["order-17"],
         "createdAt":"2026-01-02T03:04:05.000Z","dueAt":null,"startedAt":"2026-01-02T03:04:06.000Z","finishedAt":"2026-01-02T03:04:06.250Z","keptUntil":null,"worker":"http://10.0.0.1:5001",
         "attempts":[{"number":1,"worker":"http://10.0.0.2:5001","startedAt":"2026-01-02T03:04:05.500Z","endedAt":"2026-01-02T03:04:05.700Z","error":"boom"},
                     {"number":2,"worker":"http://10.0.0.1:5001","startedAt":"2026-01-02T03:04:06.000Z","endedAt":"2026-01-02T03:04:06.250Z","error":null}],
         "result":{"message":"Hello"}}
        """;

    public const string Actors = """
        {"count":4,"actors":{"path":"/user","type":"Guardian","state":"running","mailboxLength":0,"processed":7,"restarts":0,"lastFailure":null,"childCount":2,"children":[
          {"path":"/user/queues","type":"ActorBalancer.Engine.QueuesActor","state":"running","mailboxLength":2,"processed":1200000,"restarts":0,"lastFailure":null,"childCount":1,"children":[
            {"path":"/user/queues/hello-1","type":"QueueActor","state":"running","mailboxLength":150,"processed":18,"restarts":3,"lastFailure":{"at":"2026-01-02T03:04:05.000Z","type":"System.IO.IOException","message":"disk \u001b[31mfull"},"childCount":0,"children":[]}]},
          {"path":"/user/workers","type":"WorkersActor","state":"running","mailboxLength":0,"processed":1,"restarts":0,"lastFailure":null,"childCount":5,"children":[]}]}}
        """;

    public const string Nodes = """
        {"cluster":true,"nodes":[
          {"id":"n1","self":true,"roles":["engine","api"],"host":"box","processId":77,"version":"1.2.3+abcdef","startedAt":"2026-01-02T03:00:00.000Z","leaving":false,"owns":["http://10.0.0.1:5001"]},
          {"id":"n2","self":false,"roles":["engine"],"host":"box2","processId":78,"version":"1.2.3","startedAt":"2026-01-02T03:00:00.000Z","leaving":true,"owns":[]}]}
        """;

    public const string Backend = """
        {"id":1,"url":"http://127.0.0.1:8001","healthy":true,"weight":1,"requests":1234567,"activeConnections":3,"state":"drain","drained":false,"sessions":9,"share":0.25,"lastError":null}
        """;

    public const string Proxy = "{\"pools\":[{\"pool\":\"main\",\"strategy\":\"round-robin\",\"waiting\":0,\"backends\":["
        + Backend
        + ",{\"id\":2,\"url\":\"http://127.0.0.1:8002\",\"healthy\":false,\"weight\":1,\"requests\":0,\"activeConnections\":0,\"state\":\"active\",\"drained\":false,\"sessions\":0,\"share\":0.75,\"lastError\":\"connection refused\"}]}]}";
}
