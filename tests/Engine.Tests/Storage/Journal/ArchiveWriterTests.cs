using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Engine.Tasks;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Storage.Journal;

public sealed class ArchiveWriterTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly SqliteDatabase _database;

    public ArchiveWriterTests()
    {
        _database = SqliteDatabase.Open(_folder.Database, readOnly: false);
        _database.Execute(JournalSchema.TaskTables);
        _database.Execute(ArchiveSchema.Tables);
    }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Forget_MoreThanAreRemembered_DropsTheOldest()
    {
        var archive = new ArchiveWriter(_database, memoriesMax: 10);
        for (var i = 0; i < 25; i++)
            archive.Remember(new TaskId(Guid.CreateVersion7()), i);

        archive.Forget(0, max: 10).ShouldBeFalse();
        _database.QueryInteger(ArchiveSchema.CountGone).ShouldBe(15);
        archive.Forget(0, max: 10).ShouldBeTrue();
        _database.QueryInteger(ArchiveSchema.CountGone).ShouldBe(10);
        _database.QueryInteger("SELECT min(until_ms) FROM gone").ShouldBe(15 + ArchiveWriter.MemoryMilliseconds);

        archive.Remember(new TaskId(Guid.CreateVersion7()), 99);
        archive.Forget(20 + ArchiveWriter.MemoryMilliseconds, max: 10).ShouldBeTrue();
        _database.QueryInteger(ArchiveSchema.CountGone).ShouldBe(5);
    }

    [Theory]
    [InlineData("SELECT id FROM archive WHERE state = ?2 ORDER BY id DESC LIMIT 9", "archive_state")]
    [InlineData(
        "SELECT id FROM archive WHERE queue_group = ?3 AND contract = ?4 AND state = ?2 ORDER BY id DESC LIMIT 9",
        "archive_queue")]
    [InlineData(ArchiveSchema.Count, "COVERING INDEX archive_queue")]
    [InlineData(ArchiveSchema.SelectDeliveries, "COVERING INDEX archive_delivery")]
    [InlineData(ArchiveSchema.SelectKey, "archive_key")]
    [InlineData(ArchiveSchema.SelectOver, "archive_kept")]
    [InlineData(ArchiveSchema.ForgetFirst, "gone_until")]
    public void Plan_OfAQuestion_UsesItsIndexAndSortsNothing(string sql, string index)
    {
        var plan = _database.Prepare($"EXPLAIN QUERY PLAN {sql}");
        var lines = new List<string>();
        while (plan.Step())
            lines.Add(plan.Text(3));
        var text = string.Join("; ", lines);

        text.ShouldContain(index);
        if (sql != ArchiveSchema.SelectKey)
            text.ShouldNotContain("TEMP B-TREE");
    }

    [Theory]
    [InlineData("a")]
    [InlineData("")]
    [InlineData("a\u001Fb")]
    [InlineData("\u001E1")]
    [InlineData("x\0y")]
    public void Tags_Written_ReadTheSameAndAreFoundExactly(string tag)
    {
        string[] tags = ["first", tag, "last"];
        var text = ArchiveTags.Write(tags)!;

        ArchiveTags.Read(text).ShouldBe(tags);
        text.ShouldContain(ArchiveTags.Pattern(tag));
        text.ShouldNotContain(ArchiveTags.Pattern("firs"));
        text.ShouldNotContain('\0');
        ArchiveTags.Write([]).ShouldBeNull();
        ArchiveTags.Read(null).ShouldBeEmpty();
    }
}
