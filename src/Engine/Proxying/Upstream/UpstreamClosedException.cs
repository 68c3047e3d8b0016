namespace ActorBalancer.Engine.Proxying.Upstream;

/// <summary>A backend's connection ended after a request was written to it and before the first byte of an
/// answer. Whether the backend has acted on the request is not known.</summary>
public sealed class UpstreamClosedException(Exception? inner)
    : IOException("The backend closed the connection before the first byte of an answer.", inner);
