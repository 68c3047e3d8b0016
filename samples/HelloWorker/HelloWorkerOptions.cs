using System.Net;

namespace ActorBalancer.HelloWorker;

/// <summary>How a <see cref="HelloWorkerHost"/> runs.</summary>
public sealed record HelloWorkerOptions
{
    /// <summary>Key that <c>/task</c>, <c>/on</c> and <c>/off</c> ask for.</summary>
    public required string AuthKey { get; init; }

    /// <summary>Key that <c>/health</c>, <c>/logs</c> and the WebSocket ask for.</summary>
    public required string LbAuthKey { get; init; }

    /// <summary>HTTP port; 0 takes a free one.</summary>
    public int Port { get; init; } = 3000;

    /// <summary>Port of the WebSocket; 0 takes a free one.</summary>
    public int WebSocketPort { get; init; } = 3001;

    /// <summary>Address that both ports listen on. The default lets in this machine alone.</summary>
    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    /// <summary>The group that the worker belongs to.</summary>
    public string Group { get; init; } = "hello";

    /// <summary>Version of its interface, 1 or more.</summary>
    public int Contract { get; init; } = 1;

    /// <summary>Tasks that run at once, 1 to 10,000; more wait inside by priority.</summary>
    public int Slots { get; init; } = 10;

    /// <summary>Longest run of a function; then the task fails.</summary>
    public TimeSpan FunctionTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Least severe log lines that are kept and shown.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Log lines that <c>/logs</c> gives, the newest ones; 1 to 1,000,000.</summary>
    public int LogLinesMax { get; init; } = 1_000;

    /// <summary>Where log lines are also written; null keeps them for <c>/logs</c> alone.</summary>
    public TextWriter? LogOutput { get; init; }

    /// <summary>File that gets one JSON line for each task that starts, ends or is refused; null for none. It outlives
    /// a killed process, so a test can count runs. No two workers may share one.</summary>
    public string? TaskLogPath { get; init; }

    /// <summary>Whether the WebSocket's handshake repeats the sub-protocol that it was offered. Some versions of the
    /// original do, others do not.</summary>
    public bool EchoSubProtocol { get; init; }

    /// <summary>Source of time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
