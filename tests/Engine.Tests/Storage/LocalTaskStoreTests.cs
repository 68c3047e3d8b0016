using ActorBalancer.Engine.Storage;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage;

/// <summary>The store without a disk.</summary>
public sealed class MemoryStoreTests : TaskStoreConformance
{
    protected override ITaskStore CreateStore() => LocalTaskStore.InMemory(Clock);

    [Fact]
    public void Name_OfAStoreWithoutDisk_IsMemory() => CreateStore().Name.ShouldBe("memory");
}

/// <summary>The store with a journal that keeps all bodies in memory.</summary>
public class SqliteStoreTests : TaskStoreConformance
{
    private readonly StoreFolder _folder = new();

    protected virtual long BodyMemoryBytesMax => LocalTaskStoreDefaults.BodyMemoryBytesMax;

    protected override ITaskStore CreateStore() =>
        NewStore(_folder, Clock, options: _folder.Options with { BodyMemoryBytesMax = BodyMemoryBytesMax });

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Name_OfAStoreWithJournal_IsSqlite()
    {
        await using var store = CreateStore();
        store.Name.ShouldBe("sqlite");
    }
}

/// <summary>The store with a journal that keeps no body in memory that it could read back.</summary>
public sealed class SqliteStoreOnDiskTests : SqliteStoreTests
{
    protected override long BodyMemoryBytesMax => 0;
}
