namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>A page made the browser complain.</summary>
internal sealed class BrowserFaultException(string message, Exception? inner = null) : Exception(message, inner);
