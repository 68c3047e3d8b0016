using System.Text;
using ActorBalancer.Api.Proxying.Access;
using ActorBalancer.Testing;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Access;

/// <summary>The file under the hands of logrotate.</summary>
public sealed class AccessFileTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly TemporaryFolder _folder = new();

    private string PathOfLog => _folder.Combine("access.log");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryWrite_FileWasMovedAway_LeavesItWithinASecond()
    {
        using var file = new AccessFile(PathOfLog, _time);
        Write(file, "one\n").ShouldBeTrue();
        File.Move(PathOfLog, PathOfLog + ".1");

        Write(file, "two\n").ShouldBeTrue();
        _time.Advance(AccessFile.ReopenTime);
        Write(file, "three\n").ShouldBeTrue();

        File.ReadAllText(PathOfLog + ".1").ShouldBe("one\ntwo\n");
        File.ReadAllText(PathOfLog).ShouldBe("three\n");
    }

    [Fact]
    public void TryWrite_FileWasCut_BeginsAnew()
    {
        using var file = new AccessFile(PathOfLog, _time);
        Write(file, "one\n");
        File.WriteAllText(PathOfLog, "");

        Write(file, "two\n");

        File.ReadAllText(PathOfLog).ShouldBe("two\n");
    }

    [Fact]
    public void TryWrite_TwoOfOneFile_OverwriteNothing()
    {
        using var one = new AccessFile(PathOfLog, _time);
        using var two = new AccessFile(PathOfLog, _time);

        Parallel.For(0, 200, count => Write(count % 2 == 0 ? one : two, "line\n"));

        File.ReadAllText(PathOfLog).ShouldBe(string.Concat(Enumerable.Repeat("line\n", 200)));
    }

    [Fact]
    public void TryWrite_FolderIsGoneForAWhile_GoesOnWhenItIsBack()
    {
        var folder = _folder.Combine("logs");
        Directory.CreateDirectory(folder);
        using var file = new AccessFile(Path.Combine(folder, "access.log"), _time);
        Directory.Delete(folder, recursive: true);
        _time.Advance(AccessFile.ReopenTime);

        Write(file, "lost\n").ShouldBeFalse();
        Directory.CreateDirectory(folder);

        Write(file, "kept\n").ShouldBeTrue();
        File.ReadAllText(Path.Combine(folder, "access.log")).ShouldBe("kept\n");
    }

    [Fact]
    public void AccessFile_NewFile_IsNotForOthers()
    {
        using var file = new AccessFile(PathOfLog, _time);

        if (!OperatingSystem.IsWindows())
            (File.GetUnixFileMode(PathOfLog) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)).ShouldBe(default);
    }

    private static bool Write(AccessFile file, string text) => file.TryWrite(Encoding.ASCII.GetBytes(text));
}
