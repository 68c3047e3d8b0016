namespace ActorBalancer.Api.Security;

/// <summary>What a request's keys came to; the greater value prevails where there are several.</summary>
internal enum KeyCheck
{
    /// <summary>No key was sent.</summary>
    Absent,

    /// <summary>Every key that was sent is the balancer's.</summary>
    Right,

    /// <summary>A key was sent that is not the balancer's, or one header came twice.</summary>
    Wrong,

    /// <summary>A key holds a control character: no client sends that by mistake.</summary>
    Malformed,
}
