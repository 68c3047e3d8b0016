using ActorBalancer.Engine.Storage;
using ActorBalancer.Testing;
using FsCheck;
using FsCheck.Fluent;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>Drives a store and a naive model of it with the same random operations and compares all they say.</summary>
public sealed class LocalTaskQueueModelTests
{
    // An operation is a kind and two numbers whose meaning depends on it. A list that fails is cut down to one that
    // fails as well, by leaving out one operation after the other.
    private static Arbitrary<(int Kind, int A, int B)[]> Operations => Arb.From(
        Gen.Choose(0, StoreModel.OperationKinds - 1)
            .SelectMany(kind => Gen.Choose(0, 999).SelectMany(a => Gen.Choose(0, 999).Select(b => (kind, a, b))))
            .ArrayOf(),
        operations => operations.Select((_, left) => operations.Where((_, i) => i != left).ToArray()));

    [Fact]
    public void Store_InMemory_DoesWhatTheModelDoes()
    {
        var clock = new ManualTimeProvider();
        Check(500, 150, operations => RunAsync(() => LocalTaskStore.InMemory(clock), clock, false, operations));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public void Store_WithJournalAndRestarts_DoesWhatTheModelDoes(long bodyBytes)
    {
        var clock = new ManualTimeProvider();
        Check(40, 100, async operations =>
        {
            using var folder = new StoreFolder();
            var options = folder.Options with { BodyMemoryBytesMax = bodyBytes };
            await RunAsync(() => NewStore(folder, clock, options: options), clock, true, operations);
        });
    }

    /// <summary>So many random lists of operations of at most that size.</summary>
    internal static void Check(int runs, int size, Func<(int Kind, int A, int B)[], Task> run) =>
        Prop.ForAll(Operations, operations => run(operations).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(runs).WithStartSize(1).WithEndSize(size));

    /// <summary>Runs one list on a new store and its model.</summary>
    internal static async Task RunAsync(
        Func<ITaskStore> create, ManualTimeProvider clock, bool survives, (int Kind, int A, int B)[] operations)
    {
        await using var model = new StoreModel(create, clock, survives);
        await model.OpenAsync();
        foreach (var (kind, a, b) in operations)
            await model.StepAsync(kind, a, b);
        await model.DrainAsync();
    }
}
