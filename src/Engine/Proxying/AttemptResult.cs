using System.Runtime.InteropServices;

namespace ActorBalancer.Engine.Proxying;

/// <summary>How one attempt at a backend went, as far as its health is concerned.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Status">Status of the answer, 100 to 599; 0 without one.</param>
/// <param name="Latency">From the choice of the backend to the head of its answer, or to the failure.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AttemptResult(AttemptKind Kind, int Status, TimeSpan Latency);

/// <summary>What happened in an attempt.</summary>
public enum AttemptKind
{
    /// <summary>The head of an answer came.</summary>
    Answered,

    /// <summary>No connection: refused, unreachable, timed out, no name, no TLS. The backend saw nothing of the
    /// request.</summary>
    ConnectFailed,

    /// <summary>The connection ended before the first byte of an answer.</summary>
    NoAnswer,

    /// <summary>No head of an answer within the time for it.</summary>
    TimedOut,

    /// <summary>The answer breaks HTTP.</summary>
    BadAnswer,

    /// <summary>The body of the answer broke off or stalled.</summary>
    BrokeOff,

    /// <summary>The client went away or broke its request; says nothing of the backend.</summary>
    ClientGone,
}
