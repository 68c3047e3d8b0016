using ActorBalancer.Actors.Tests.Kit;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Actors.Tests.Cells;

public sealed class PipeToSelfTests : ActorTest
{
    [Fact]
    public async Task PipeToSelf_WorkSucceeds_ResultComesAsAMessage()
    {
        var log = Log();
        var work = new TaskCompletionSource<int>();
        var actor = Spawn("one", new PuppetScript { Log = log.Ref });
        actor.Do(self => self.Context.PipeToSelf(work.Task, Say, Complain));
        await actor.SettleAsync();

        work.SetResult(5);

        await log.ExpectAllAsync("PreStart 1", "got 5");
    }

    [Fact]
    public async Task PipeToSelf_WorkFails_FailureComesAsAMessage()
    {
        var log = Log();
        var actor = Spawn("one", new PuppetScript { Log = log.Ref });

        actor.Do(self => self.Context.PipeToSelf(
            Task.FromException<int>(new PuppetException("broken")), Say, Complain));

        await log.ExpectAllAsync("PreStart 1", "PuppetException");
    }

    [Fact]
    public async Task PipeToSelf_WorkIsCancelled_FailureComesAsAMessage()
    {
        var log = Log();
        var actor = Spawn("one", new PuppetScript { Log = log.Ref });

        actor.Do(self => self.Context.PipeToSelf(
            Task.FromCanceled<int>(new CancellationToken(canceled: true)), Say, Complain));

        await log.ExpectAllAsync("PreStart 1", "TaskCanceledException");
    }

    [Fact]
    public async Task PipeToSelf_ValueTaskAndResultLess_ComeToo()
    {
        var log = Log();
        var actor = Spawn("one", new PuppetScript { Log = log.Ref });

        actor.Do(self =>
        {
            self.Context.PipeToSelf(new ValueTask<int>(6), Say, Complain);
            self.Context.PipeToSelf(Task.CompletedTask, () => Line("done"), Complain);
            self.Context.PipeToSelf(Task.FromException(new PuppetException("broken")), () => Line("done"), Complain);
        });

        await log.ExpectAllAsync("PreStart 1", "got 6", "done", "PuppetException");
    }

    [Fact]
    public async Task PipeToSelf_ActorHasStopped_IsADeadLetter()
    {
        var letters = Listen<DeadLetter>("letters");
        var work = new TaskCompletionSource<int>();
        var actor = Spawn("one");
        actor.Do(self => self.Context.PipeToSelf(work.Task, Say, Complain));
        await actor.SettleAsync();
        await System.StopAsync(actor).WaitAsync(TestSignal.Guard);

        work.SetResult(5);

        var letter = await letters.ExpectAsync();
        (letter.Path, letter.Reason).ShouldBe(("/user/one", DeadLetterReason.ActorStopped));
    }

    [Fact]
    public async Task PipeToSelf_ActorRestartsMeanwhile_NewInstanceGetsIt()
    {
        var work = new TaskCompletionSource<int>();
        var handledBy = new TaskCompletionSource<int>();
        var actor = Spawn("one");
        actor.Do(self => self.Context.PipeToSelf(
            work.Task,
            _ => other =>
            {
                handledBy.SetResult(other.Number);
                return default;
            },
            Complain));
        actor.Fail("broken");
        await actor.SettleAsync();

        work.SetResult(5);

        (await handledBy.Task.WaitAsync(TestSignal.Guard)).ShouldBe(2);
    }

    [Fact]
    public async Task PipeToSelf_MappingThrows_ActorFails()
    {
        var failed = Listen<ActorFailed>("failed");
        var actor = Spawn("one");

        actor.Do(self => self.Context.PipeToSelf(
            Task.FromResult(5), _ => throw new PuppetException("no message"), Complain));

        (await failed.ExpectAsync()).Exception.Message.ShouldBe("no message");
    }

    private static Act Say(int number) => Line($"got {number}");

    private static Act Complain(Exception exception) => Line(exception.GetType().Name);

    private static Act Line(string line) => self =>
    {
        self.Log(line);
        return default;
    };
}
