using ActorBalancer.Actors.Mailboxes;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Mailboxes;

public sealed class MailboxTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(10_000)]
    public void TryTake_AfterPosts_GivesThemInOrder(int count)
    {
        var mailbox = new Mailbox<int>();
        for (var i = 0; i < count; i++) mailbox.Post(i);

        mailbox.Count.ShouldBe(count);
        mailbox.IsEmpty.ShouldBeFalse();
        for (var i = 0; i < count; i++)
        {
            mailbox.TryTake(out var message).ShouldBeTrue();
            message.ShouldBe(i);
        }

        mailbox.Count.ShouldBe(0);
        mailbox.IsEmpty.ShouldBeTrue();
        mailbox.TryTake(out _).ShouldBeFalse();
    }

    [Fact]
    public void TryTake_Empty_IsFalse()
    {
        var mailbox = new Mailbox<string>();

        mailbox.TryTake(out _).ShouldBeFalse();

        mailbox.IsEmpty.ShouldBeTrue();
        mailbox.Count.ShouldBe(0);
    }

    [Fact]
    public void Post_TakenAgainAtOnce_RingIsReusedWithoutAllocation()
    {
        var mailbox = new Mailbox<int>();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100_000; i++)
        {
            mailbox.Post(i);
            mailbox.TryTake(out _);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Post_ShortBursts_ModelAgreesInEveryStep()
    {
        // Bursts of changing length walk over the edges of the rings and through growth.
        var random = new Random(5);
        var mailbox = new Mailbox<int>();
        var model = new Queue<int>();
        for (var step = 0; step < 20_000; step++)
        {
            if (random.Next(100) < 52)
            {
                mailbox.Post(step);
                model.Enqueue(step);
            }
            else
            {
                mailbox.TryTake(out var message).ShouldBe(model.TryDequeue(out var expected));
                message.ShouldBe(expected);
            }

            mailbox.Count.ShouldBe(model.Count);
            mailbox.IsEmpty.ShouldBe(model.Count == 0);
        }
    }

    [Fact]
    public void TryTake_Reference_IsLetGo()
    {
        var mailbox = new Mailbox<object>();
        var weak = PostAndTake(mailbox);

        GC.Collect();

        weak.IsAlive.ShouldBeFalse();
        GC.KeepAlive(mailbox);

        static WeakReference PostAndTake(Mailbox<object> mailbox)
        {
            var message = new object();
            mailbox.Post(message);
            mailbox.TryTake(out _);
            return new WeakReference(message);
        }
    }

    [Fact]
    public async Task Post_ManyProducersOneTaker_NoneLostAndEachOnesOrderKept()
    {
        const int Producers = 6;
        const int PerProducer = 50_000;
        var mailbox = new Mailbox<(int Producer, int Number)>();
        using var barrier = new Barrier(Producers);
        var producers = Enumerable.Range(0, Producers).Select(producer => Task.Factory.StartNew(
            () =>
            {
                barrier.SignalAndWait();
                for (var i = 0; i < PerProducer; i++) mailbox.Post((producer, i));
            },
            TaskCreationOptions.LongRunning)).ToArray();

        var next = new int[Producers];
        var left = Producers * PerProducer;
        while (left > 0)
        {
            if (!mailbox.TryTake(out var message))
            {
                await Task.Yield();
                continue;
            }

            next[message.Producer]++.ShouldBe(message.Number);
            left--;
        }

        await Task.WhenAll(producers);
        mailbox.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Count_ReadWhileOthersPostAndTake_IsNeverNegative()
    {
        const int Count = 300_000;
        var mailbox = new Mailbox<int>();
        var producer = Task.Run(() =>
        {
            for (var i = 0; i < Count; i++) mailbox.Post(i);
        });
        var taker = Task.Run(async () =>
        {
            for (var taken = 0; taken < Count;)
            {
                if (mailbox.TryTake(out _)) taken++;
                else await Task.Yield();
            }
        });

        var lowest = 0;
        while (!taker.IsCompleted)
        {
            lowest = Math.Min(lowest, mailbox.Count);
            await Task.Yield();
        }

        await Task.WhenAll(producer, taker);
        lowest.ShouldBe(0);
        mailbox.Count.ShouldBe(0);
    }
}
