using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Tests.Architecture;
using ActorBalancer.Engine;
using ActorBalancer.Engine.Tasks;
using ActorBalancer.Engine.Telemetry;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Logging;

/// <summary>The events that the code can log, against each other and against the page that lists them.</summary>
public sealed partial class LogEventsTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs/observability.md"));

    private static readonly (MethodInfo Method, LoggerMessageAttribute Message)[] Events =
    [
        .. new[] { typeof(BalancerEngine).Assembly, typeof(BalancerHost).Assembly }
            .SelectMany(static assembly => assembly.GetTypes())
            .SelectMany(static type => type.GetMethods(
                BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
                    | BindingFlags.DeclaredOnly))
            .Select(static method => (method, method.GetCustomAttribute<LoggerMessageAttribute>()!))
            .Where(static pair => pair.Item2 is not null),
    ];

    [Fact]
    public void Ids_All_AreThereOnce()
    {
        Events.Length.ShouldBeGreaterThan(100);
        Events.GroupBy(static each => each.Message.EventId)
            .Where(static group => group.Key <= 0 || group.Count() > 1)
            .Select(static group => $"{group.Key}: {string.Join(", ", group.Select(static each => Name(each.Method)))}")
            .ShouldBeEmpty();
    }

    [Fact]
    public void Ids_All_LieInARangeOfThePage()
    {
        var ranges = Range().Matches(Page)
            .Select(static match => (From: Number(match, "first"), To: Number(match, "last"))).ToList();

        ranges.Count.ShouldBeGreaterThan(5);
        Events.Where(each => ranges.Count(range =>
                each.Message.EventId >= range.From && each.Message.EventId <= range.To) != 1)
            .Select(static each => $"{each.Message.EventId} {Name(each.Method)}").ShouldBeEmpty();
    }

    [Fact]
    public void TaskEvents_OfTheCode_AreThoseOfThePage()
    {
        var listed = Row().Matches(Page).Select(static match => $"{match.Groups["id"]} {match.Groups["level"]}");

        listed.ShouldBe(Events.Where(static each => IsAboutATask(each.Method))
            .OrderBy(static each => each.Message.EventId)
            .Select(static each => $"{each.Message.EventId} {NameOf(each.Message.Level)}"));
    }

    // What a reader filters by is the member, and what a text line shows is the text.
    [Fact]
    public void TaskEvents_All_NameTheTaskInTheirText() => Events
        .Where(static each => IsAboutATask(each.Method))
        .Where(static each => !each.Message.Message.Contains("{Task}", StringComparison.Ordinal))
        .Select(static each => Name(each.Method)).ShouldBeEmpty();

    private static bool IsAboutATask(MethodInfo method) => method.GetParameters().Any(static parameter =>
        parameter.ParameterType == typeof(TaskMark) || parameter.ParameterType == typeof(TaskId));

    private static string Name(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };

    private static int Number(Match match, string group) =>
        int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\| (?<first>\d+) to (?<last>\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Range();

    [GeneratedRegex(@"^\| (?<id>\d+) \| (?<level>debug|info|warn|error) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
