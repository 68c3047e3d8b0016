using System.Text;

namespace ActorBalancer.Api.Proxying.Forwarding;

/// <summary>What a log may hold of a fault: where it happened and of what type, and so of each fault behind it. Not
/// their messages, which may repeat values of a request.</summary>
internal static class FaultText
{
    /// <summary>Most faults that are told, one behind the other. Source: ours.</summary>
    private const int DepthMax = 5;

    /// <summary>Types and stacks, the outermost first.</summary>
    public static string Of(Exception exception)
    {
        var text = new StringBuilder();
        var fault = exception;
        for (var depth = 0; fault is not null && depth < DepthMax; depth++, fault = fault.InnerException)
        {
            if (depth > 0)
                text.AppendLine().Append("behind it: ");
            text.AppendLine(fault.GetType().FullName).Append(fault.StackTrace);
        }

        return text.ToString();
    }
}
