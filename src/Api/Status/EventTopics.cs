using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tasks;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Status;

/// <summary>The topics by name, and sets of them as bits.</summary>
internal static class EventTopics
{
    private const string ParameterName = "topics";

    // In the order of the topics.
    private static readonly string[] Names =
        ["status", "history", "queues", "workers", "proxy", "nodes", "alerts"];

    /// <summary>How many there are.</summary>
    public static int Count => Names.Length;

    /// <summary>The bits of all of them.</summary>
    public static int All => (1 << Names.Length) - 1;

    /// <summary>Name of the events of a topic.</summary>
    public static string EventNameOf(EventTopic topic) => topic switch
    {
        EventTopic.History => "point",
        EventTopic.Alerts => "alert",
        _ => Names[(int)topic],
    };

    /// <summary>The bit of a topic.</summary>
    public static int BitOf(EventTopic topic) => 1 << (int)topic;

    /// <summary>Reads which topics a request wants.</summary>
    /// <param name="request">The request.</param>
    /// <param name="topics">Their bits; all when it names none.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static EdgeError? Take(HttpRequest request, out int topics)
    {
        topics = All;
        if (!request.Query.TryGetValue(ParameterName, out var values))
            return null;
        topics = 0;
        if (values.Count != 1)
            return Wrong(values);
        foreach (var name in values[0]!.Split(','))
        {
            var index = Array.IndexOf(Names, name);
            if (index < 0)
                return Wrong(values);
            topics |= 1 << index;
        }

        return null;
    }

    private static EdgeError Wrong(StringValues found) => QueryErrors.Wrong(
        ParameterName, $"one or more of {string.Join(", ", Names)}, with commas between", found);
}
