using ActorBalancer.Actors.Tests.Kit;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Events;

public sealed class EventStreamTests : ActorTest
{
    private abstract record Weather;

    private sealed record Rain(int Millimetres) : Weather;

    private sealed record Sun : Weather;

    [Fact]
    public void Publish_HandlersOfTypeAndBase_GetIt()
    {
        var all = new List<Weather>();
        var rain = new List<Rain>();
        System.EventStream.Subscribe<Weather>(all.Add);
        System.EventStream.Subscribe<Rain>(rain.Add);

        System.EventStream.Publish<Weather>(new Rain(3));
        System.EventStream.Publish(new Sun());

        all.ShouldBe([new Rain(3), new Sun()]);
        rain.ShouldBe([new Rain(3)]);
    }

    [Fact]
    public void Publish_Nobody_DoesNothing() => System.EventStream.Publish(new Sun());

    [Fact]
    public void Dispose_Subscription_NothingComesAfter()
    {
        var all = new List<Weather>();
        var subscription = System.EventStream.Subscribe<Weather>(all.Add);
        System.EventStream.Publish(new Sun());

        subscription.Dispose();
        subscription.Dispose();
        System.EventStream.Publish(new Sun());

        all.Count.ShouldBe(1);
    }

    [Fact]
    public void Subscribe_AfterAPublish_GetsTheNext()
    {
        var all = new List<Weather>();
        System.EventStream.Publish(new Sun());

        System.EventStream.Subscribe<Weather>(all.Add);
        System.EventStream.Publish(new Sun());

        all.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Publish_Actor_GetsItAsAMessage()
    {
        var probe = new TestProbe<Weather>(System);
        System.EventStream.Subscribe(probe.Ref);

        System.EventStream.Publish(new Rain(3));

        await probe.ExpectAsync(new Rain(3));
    }

    [Fact]
    public async Task Publish_ActorHasStopped_IsNoDeadLetterAndTheSubscriptionEnds()
    {
        var probe = new TestProbe<Weather>(System);
        System.EventStream.Subscribe(probe.Ref);
        await System.StopAsync(probe.Ref).WaitAsync(TestSignal.Guard);

        System.EventStream.Publish(new Sun());

        System.DeadLetterCount.ShouldBe(0);
        System.EventStream.HasSubscribers<Sun>().ShouldBeFalse();
    }

    [Fact]
    public void Publish_HandlerThrows_OthersGetItAndTheHandlerGoes()
    {
        var all = new List<Weather>();
        var failures = new List<SubscriberFailed>();
        var calls = 0;
        System.EventStream.Subscribe<SubscriberFailed>(failures.Add);
        System.EventStream.Subscribe<Weather>(_ =>
        {
            calls++;
            throw new PuppetException("allergic");
        });
        System.EventStream.Subscribe<Weather>(all.Add);

        System.EventStream.Publish(new Sun());
        System.EventStream.Publish(new Sun());

        calls.ShouldBe(1);
        all.Count.ShouldBe(2);
        var failure = failures.ShouldHaveSingleItem();
        (failure.EventType, failure.Exception.Message).ShouldBe((typeof(Weather), "allergic"));
    }

    [Fact]
    public void Publish_EveryHandlerOfFailuresThrows_Ends()
    {
        System.EventStream.Subscribe<object>(_ => throw new PuppetException("one"));
        System.EventStream.Subscribe<object>(_ => throw new PuppetException("two"));

        System.EventStream.Publish(new Sun());

        System.EventStream.HasSubscribers<Sun>().ShouldBeFalse();
    }

    [Fact]
    public async Task Subscribe_WhileOthersPublish_NoneIsMissedAfterwards()
    {
        for (var round = 0; round < 500; round++)
        {
            var stream = new EventStream();
            using var barrier = new Barrier(2);
            var publishing = Task.Run(() =>
            {
                barrier.SignalAndWait();
                for (var i = 0; i < 20; i++) stream.Publish(new Sun());
            });
            barrier.SignalAndWait();
            var seen = 0;
            using var subscription = stream.Subscribe<Sun>(_ => Interlocked.Increment(ref seen));
            await publishing;
            seen = 0;

            stream.Publish(new Sun());

            seen.ShouldBe(1);
        }
    }

    [Fact]
    public async Task ActorStopped_ThreeLevels_PublishedFromTheBottom()
    {
        var stopped = Listen<ActorStopped>("stopped");
        var top = Spawn("top");
        var middle = await top.GetAsync(self => self.Spawn("middle"));
        await middle.GetAsync(self => self.Spawn("bottom"));

        await System.StopAsync(top).WaitAsync(TestSignal.Guard);

        await stopped.ExpectAllAsync(
            new ActorStopped("/user/top/middle/bottom"),
            new ActorStopped("/user/top/middle"),
            new ActorStopped("/user/top"));
    }
}
