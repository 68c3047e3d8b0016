using System.Globalization;
using System.Text.Json;
using ActorBalancer.Cli.Http;
using ActorBalancer.Cli.Output;

namespace ActorBalancer.Cli.Commands;

/// <summary>A queue as people name it: <c>group/contract</c>, or the group alone when it has one contract.</summary>
/// <param name="Group">The group.</param>
/// <param name="Contract">The contract.</param>
internal readonly record struct QueueName(string Group, int Contract)
{
    /// <summary>What the name is, for the help.</summary>
    public const string Rule = "group/contract, or the group alone when it has one contract";

    /// <summary>Where the balancer has it.</summary>
    public string Path => $"/queues/{Query.Part(Group)}/{Contract}";

    /// <summary>Finds out which one is meant.</summary>
    /// <exception cref="CliException">None is, or more than one.</exception>
    public static async Task<QueueName> FindAsync(Session session, string text)
    {
        var slash = text.LastIndexOf('/');
        if (slash > 0 && int.TryParse(
            text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var contract))
        {
            return new QueueName(text[..slash], contract);
        }

        var queues = (await session.GetAsync("/queues")).Items("queues").ToArray();
        var like = queues.Where(queue => queue.Text("group") == text).Select(Of).ToArray();
        return like.Length switch
        {
            1 => like[0],
            0 => throw CliException.Failed($"there is no queue '{text}'; see 'abm queues'"),
            _ => throw CliException.Failed(
                $"'{text}' has several contracts, name one: {string.Join(", ", like.Take(10))}"),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Group}/{Contract}";

    private static QueueName Of(JsonElement queue) =>
        new(queue.Text("group") ?? "", (int)(queue.Number("contract") ?? 0));
}
