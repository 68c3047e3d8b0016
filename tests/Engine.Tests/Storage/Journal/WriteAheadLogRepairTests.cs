using ActorBalancer.Engine.Storage.Journal;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Storage.Journal;

public sealed class WriteAheadLogRepairTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(4152)]
    [InlineData((3 << 20) + 17)]
    public void Rewrite_File_ChangesNoByte(int length)
    {
        using var folder = new StoreFolder();
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(folder.Log, bytes);

        WriteAheadLogRepair.Rewrite(folder.Log);

        File.ReadAllBytes(folder.Log).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public void Rewrite_MissingFile_MakesNone()
    {
        using var folder = new StoreFolder();

        WriteAheadLogRepair.Rewrite(folder.Log);

        File.Exists(folder.Log).ShouldBeFalse();
    }
}
