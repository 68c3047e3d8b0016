using System.Globalization;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Engine.Tasks;

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

        // .../queues/GROUP/CONTRACT/WORD
        key = new QueueKey(
            PathSegments.Read(context, values["group"] as string ?? "", "queues", fromEnd: 3), contract);
        if (!isNumber)
        {
            return Invalid("contract",
                $"a whole number from 0 to {int.MaxValue}, but is \"{QueryErrors.Show(contractText)}\"");
        }

        return key.Group.Length is >= 1 and <= TaskLimits.NameLengthMax
            ? null
            : Invalid("group", $"1 to {TaskLimits.NameLengthMax} characters long, but has {key.Group.Length}");
    }

    private static EdgeError Invalid(string member, string rule) => new(
        400, "path_invalid", $"The queue's {member} must be {rule}.")
    {
        Member = member,
    };
}
