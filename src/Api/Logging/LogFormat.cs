namespace ActorBalancer.Api.Logging;

/// <summary>How a log entry is written to standard output.</summary>
internal enum LogFormat
{
    /// <summary><c>[2026-01-02T03:04:05.678Z] [INFO] message</c></summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}
