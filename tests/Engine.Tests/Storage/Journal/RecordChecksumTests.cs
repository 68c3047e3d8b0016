using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Storage.Journal;

public sealed class RecordChecksumTests
{
    private static readonly byte[] Body = [.. Enumerable.Range(0, 37).Select(i => (byte)i)];

    [Fact]
    public void Of_EveryMemberThatIsStored_Counts()
    {
        uint[] sums =
        [
            RecordChecksum.Of(Make(), Body, []),
            RecordChecksum.Of(Make(id: 2), Body, []),
            RecordChecksum.Of(Make(group: "b"), Body, []),
            RecordChecksum.Of(Make(contract: 2), Body, []),
            RecordChecksum.Of(Make(function: "b"), Body, []),
            RecordChecksum.Of(Make(priority: 2), Body, []),
            RecordChecksum.Of(Make(created: 2), Body, []),
            RecordChecksum.Of(Make(durability: TaskDurability.WriteBehind), Body, []),
            RecordChecksum.Of(Make(sequence: 2), Body, []),
            RecordChecksum.Of(Make(), Body.AsSpan(1), []),
            RecordChecksum.Of(Make(), [.. Body, 0], []),
            RecordChecksum.Of(Make(), Body, [1]),
            .. Enumerable.Range(0, Body.Length).Select(Flipped),
        ];

        sums.ShouldBeUnique();
        RecordChecksum.Of(Make(), Body.ToArray(), []).ShouldBe(sums[0]);
    }

    private static uint Flipped(int index)
    {
        var body = Body.ToArray();
        body[index] ^= 0x10;
        return RecordChecksum.Of(Make(), body, []);
    }

    private static QueuedTask Make(
        byte id = 1,
        string group = "a",
        int contract = 1,
        string function = "a",
        int priority = 1,
        long created = 1,
        TaskDurability durability = TaskDurability.Committed,
        long sequence = 1) => new()
        {
            Id = new TaskId(new Guid(id, 0, 0, new byte[8])),
            Queue = new QueueKey(group, contract),
            Function = function,
            Priority = priority,
            CreatedAtMilliseconds = created,
            Durability = durability,
            Sequence = sequence,
            BodyBytes = 0,
        };
}
