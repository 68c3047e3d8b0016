using System.Globalization;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Engine.Tasks;
using Microsoft.AspNetCore.Http.Features;

namespace ActorBalancer.Api.Queues;

/// <summary>Reads the queue that <c>/queues/{group}/{contract}/...</c> names.</summary>
internal static class QueuePath
{
    /// <summary>Reads it.</summary>
    /// <returns>Null when the path can name a queue.</returns>
    public static EdgeError? Take(HttpContext context, out QueueKey key)
    {
        var values = context.Request.RouteValues;
        var contractText = values["contract"] as string;
        var isNumber = int.TryParse(contractText, NumberStyles.None, CultureInfo.InvariantCulture, out var contract);
        key = new QueueKey(Group(context, values["group"] as string ?? ""), contract);
        if (!isNumber)
        {
            return Invalid("contract",
                $"a whole number from 0 to {int.MaxValue}, but is \"{QueryErrors.Show(contractText)}\"");
        }

        return key.Group.Length is >= 1 and <= TaskLimits.NameLengthMax
            ? null
            : Invalid("group", $"1 to {TaskLimits.NameLengthMax} characters long, but has {key.Group.Length}");
    }

    // The server decodes a path but for %2F, so that a slash in a name and one between names stay apart. That leaves
    // "a%2Fb" and "a%252Fb" alike; only the target as it was sent tells which was meant.
    private static string Group(HttpContext context, string decoded)
    {
        const string Slash = "%2F";
        if (!decoded.Contains(Slash, StringComparison.OrdinalIgnoreCase))
            return decoded;
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var end = target.AsSpan().IndexOfAny('?', '#');
        var path = (end < 0 ? target : target[..end]).TrimEnd('/');

        // .../queues/GROUP/CONTRACT/WORD; no later segment takes part in "." or ".." without being seen as one here.
        var segments = path.Split('/');
        return segments.Length >= 4 && segments[^4].Equals("queues", StringComparison.OrdinalIgnoreCase)
            ? Uri.UnescapeDataString(segments[^3])
            : decoded.Replace(Slash, "/", StringComparison.OrdinalIgnoreCase);
    }

    private static EdgeError Invalid(string member, string rule) => new(
        400, "path_invalid", $"The queue's {member} must be {rule}.")
    {
        Member = member,
    };
}
