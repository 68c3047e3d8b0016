using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Journal;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Journal;

/// <summary>Logs that end in the middle of something: what was acknowledged is there, and a line says what was found.
/// </summary>
public sealed class WriteAheadLogTailTests : IDisposable
{
    private const int HeaderBytes = 32;
    private const int FrameBytes = 24 + JournalSchema.PageBytes;

    private readonly StoreFolder _folder = new();
    private readonly ManualTimeProvider _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_WholeLog_SaysNothing()
    {
        var (copy, acknowledged) = await FillLogAsync();
        using (copy)
            (await OpenAsync(copy)).ShouldBe((acknowledged.Count, null));
        Inspect("missing").ShouldBe(WriteAheadLogTail.None);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(23)]
    [InlineData(1000)]
    [InlineData(4119)]
    public async Task Open_LogCutInsideItsLastFrame_SaysHowMuchIsLeftOut(int missing)
    {
        var (copy, acknowledged) = await FillLogAsync();
        using (copy)
        {
            var commits = Commits(copy);
            Cut(copy.Log, commits[^1] - missing);
            var left = commits[^1] - missing - commits[^2];

            var (found, line) = await OpenAsync(copy);

            found.ShouldBe(acknowledged.Count - 1);
            line.ShouldNotBeNull().ShouldContain($"{left} bytes ({(left + FrameBytes - 1) / FrameBytes} frames)");
        }
    }

    [Fact]
    public async Task Open_LogCutAnywhere_SaysSoUnlessTheCutIsBetweenCommits()
    {
        var (copy, acknowledged) = await FillLogAsync();
        using (copy)
        {
            var commits = Commits(copy);
            var random = new Random(20261121);
            for (var trial = 0; trial < 40; trial++)
            {
                var length = random.Next((int)commits[^1] + 1);
                using var torn = copy.CopyFiles();
                Cut(torn.Log, length);

                var (found, line) = await OpenAsync(torn);

                found.ShouldBeGreaterThanOrEqualTo(acknowledged.Count(end => end <= length), $"cut to {length}");
                var isClean = length is 0 or HeaderBytes || commits.Contains(length);
                (line is null).ShouldBe(isClean, $"cut to {length}: {line}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4120)]
    [InlineData(100_000)]
    public async Task Open_GarbageBehindTheLog_IsSaidAndLosesNothing(int length)
    {
        var (copy, acknowledged) = await FillLogAsync();
        using (copy)
        {
            var garbage = new byte[length];
            new Random(length).NextBytes(garbage);
            using (var log = new FileStream(copy.Log, FileMode.Append))
                log.Write(garbage);

            var (found, line) = await OpenAsync(copy);

            found.ShouldBe(acknowledged.Count);
            line.ShouldNotBeNull().ShouldContain($"{length} bytes");
        }
    }

    [Fact]
    public async Task Open_FlippedByteInTheLog_KeepsWhatWasBeforeItAndSaysSo()
    {
        var (copy, acknowledged) = await FillLogAsync();
        using (copy)
        {
            var commits = Commits(copy);
            var middle = commits[commits.Count / 2];
            using (var log = new FileStream(copy.Log, FileMode.Open))
            {
                log.Position = middle + 500;
                var value = log.ReadByte();
                log.Position--;
                log.WriteByte((byte)(value ^ 4));
            }

            var (found, line) = await OpenAsync(copy);

            found.ShouldBe(acknowledged.Count(end => end <= middle));
            line.ShouldNotBeNull().ShouldContain($"{commits[^1] - middle} bytes");
        }
    }

    [Fact]
    public async Task Open_LogThatIsGarbage_IsSaid()
    {
        await (await OpenStoreAsync(_folder, _clock)).DisposeAsync();
        await File.WriteAllTextAsync(_folder.Log, new string('x', 5000), TestContext.Current.CancellationToken);

        var (found, line) = await OpenAsync(_folder);

        found.ShouldBe(0);
        line.ShouldNotBeNull().ShouldContain("5000 bytes (0 frames)");
    }

    [Fact]
    public async Task Inspect_FramesOfAnEarlierRound_AreNotCounted()
    {
        await using var store = await OpenStoreAsync(_folder, _clock);
        var queue = store.GetQueue(Mail);
        // Enough for the log to be moved into the file and to start over in its room.
        for (var i = 0; i < 12; i++)
            await queue.EnqueueAllAsync(NewTask(body: new string('b', 600_000)));
        await queue.EnqueueAllAsync(NewTask());

        using var copy = _folder.CopyFiles();
        new FileInfo(copy.Log).Length.ShouldBeGreaterThan(Commits(copy)[^1], "frames of an earlier round are behind");
        Inspect(copy.Log).ShouldBe(WriteAheadLogTail.None);
        (await OpenAsync(copy)).ShouldBe((13, null));
    }

    private static WriteAheadLogTail Inspect(string path) => WriteAheadLogTail.Inspect(path);

    private async Task<(int Found, string? Line)> OpenAsync(StoreFolder folder)
    {
        var log = new RecordingLogger();
        await using var store = LocalTaskStore.Sqlite(folder.Options, BalancerKey, _clock, log);
        var content = await store.OpenAsync(TestContext.Current.CancellationToken);
        var lines = log.Entries.Where(entry => entry.EventId == 4014).ToList();
        lines.Count.ShouldBeLessThanOrEqualTo(1);
        return (content.Tasks.Count, lines.Select(entry => entry.Text).FirstOrDefault());
    }

    /// <summary>Ends of the frames that commit, by the salts of the log's header.</summary>
    private static List<long> Commits(StoreFolder folder)
    {
        var bytes = File.ReadAllBytes(folder.Log);
        var salts = bytes.AsSpan(16, 8);
        var ends = new List<long>();
        for (var offset = HeaderBytes; offset + FrameBytes <= bytes.Length; offset += FrameBytes)
        {
            if (!bytes.AsSpan(offset + 8, 8).SequenceEqual(salts))
                break;
            if (bytes.AsSpan(offset + 4, 4).IndexOfAnyExcept((byte)0) >= 0)
                ends.Add(offset + FrameBytes);
        }

        return ends;
    }

    private static void Cut(string path, long length)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, length);
    }

    /// <summary>Writes tasks one commit each; gives the length of the log when each was acknowledged.</summary>
    private async Task<(StoreFolder Copy, List<long> Acknowledged)> FillLogAsync()
    {
        // A file whose tables are in place: then the log holds nothing but what the tests write.
        await (await OpenStoreAsync(_folder, _clock)).DisposeAsync();
        var acknowledged = new List<long>();
        await using var store = await OpenStoreAsync(_folder, _clock);
        for (var i = 0; i < 20; i++)
        {
            await store.GetQueue(Mail).EnqueueAllAsync(NewTask(body: new string('b', 400 * i)));
            acknowledged.Add(new FileInfo(_folder.Log).Length);
        }

        return (_folder.CopyFiles(), acknowledged);
    }
}
