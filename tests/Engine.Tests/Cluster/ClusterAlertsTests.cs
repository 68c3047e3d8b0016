using System.Text;
using ActorBalancer.Actors;
using ActorBalancer.Engine.Alerts;
using ActorBalancer.Engine.Cluster;
using ActorBalancer.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Cluster;

public sealed class ClusterAlertsTests
{
    private readonly EventStream _events = new ActorSystem("test").EventStream;
    private readonly List<Alert> _alerts = [];

    public ClusterAlertsTests() => _events.Subscribe<Alert>(_alerts.Add);

    [Theory]
    [InlineData("no answer within 3000 ms", AlertKind.RedisLost, "redis.lost", "Node a cannot reach Redis (r:1)")]
    [InlineData(
        "READONLY You can't write against a read only replica.", AlertKind.RedisReadOnly, "redis.readonly",
        "Node a reaches a Redis that takes no writes (r:1)")]
    [InlineData(
        "OOM command not allowed when used memory > 'maxmemory'.", AlertKind.RedisFull, "redis.full",
        "Redis is full (r:1), seen by node a")]
    public void Health_Lost_IsAnAlertOfItsKind(string reason, AlertKind kind, string type, string headline)
    {
        using var alerts = Make();

        _events.Publish(new StoreHealthChanged(false, reason));

        var alert = _alerts.ShouldHaveSingleItem();
        (alert.Kind, alert.BackendId, alert.Url, alert.Reason).ShouldBe((kind, "a", "r:1", reason));
        AlertText.Headline(alert).ShouldBe(headline);
        Encoding.UTF8.GetString(AlertText.Json(alert)).ShouldStartWith($$"""{"type":"{{type}}",""");
    }

    [Fact]
    public void Health_Back_IsToldOnceAndOnlyAfterALoss()
    {
        using var alerts = Make();

        _events.Publish(new StoreHealthChanged(true, "at the start"));
        _events.Publish(new StoreHealthChanged(false, "gone"));
        _events.Publish(new StoreHealthChanged(true, "back"));
        _events.Publish(new StoreHealthChanged(true, "still there"));

        _alerts.Select(static alert => alert.Kind).ShouldBe([AlertKind.RedisLost, AlertKind.RedisBack]);
        AlertText.Headline(_alerts[1]).ShouldBe("Node a has Redis back (r:1)");
        Encoding.UTF8.GetString(AlertText.Json(_alerts[1])).ShouldContain("redis.back");
    }

    [Fact]
    public void Node_Lost_IsToldByTheFirstOfThoseThatAreLeft()
    {
        using var alerts = Make();
        var member = new ClusterMember { Id = "b", Life = 3, Host = "h", ProcessId = 7 };

        _events.Publish(new NodeLost(member, IsFirst: false));
        _events.Publish(new NodeLost(member, IsFirst: true));

        var alert = _alerts.ShouldHaveSingleItem();
        AlertText.Headline(alert).ShouldBe("Node b is lost");
        alert.Reason.ShouldContain("process 7 on h");
        Encoding.UTF8.GetString(AlertText.Json(alert)).ShouldContain("node.lost");
    }

    [Fact]
    public void Dispose_EndsIt()
    {
        Make().Dispose();

        _events.Publish(new StoreHealthChanged(false, "gone"));

        _alerts.ShouldBeEmpty();
    }

    private ClusterAlerts Make() => new(_events, "a", "r:1", new ManualTimeProvider(), NullLogger.Instance);
}
