using ActorBalancer.Api.Configuration;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Configuration;

public sealed class AuthKeyFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => _folder.Combine("deep/data");

    private string KeyFile => Path.Combine(Data, "auth-key");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void LoadOrCreate_FirstTime_MakesAKeyForTheOwnerAlone()
    {
        var made = AuthKeyFile.LoadOrCreate(Data);

        made.IsNew.ShouldBeTrue();
        made.Path.ShouldBe(KeyFile);
        made.Key.Length.ShouldBe(43);
        made.Key.ShouldAllBe(static unit => char.IsAsciiLetterOrDigit(unit) || unit == '-' || unit == '_');
        File.ReadAllText(KeyFile).ShouldBe(made.Key + "\n");
        Directory.GetFiles(Data).ShouldBe([KeyFile]);
        if (OperatingSystem.IsWindows()) return;
        File.GetUnixFileMode(KeyFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(Data).ShouldBe(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public void LoadOrCreate_SecondTime_GivesTheSameKey()
    {
        var first = AuthKeyFile.LoadOrCreate(Data);

        var second = AuthKeyFile.LoadOrCreate(Data);

        second.Key.ShouldBe(first.Key);
        second.IsNew.ShouldBeFalse();
    }

    [Fact]
    public void LoadOrCreate_OtherDirectories_HaveOtherKeys() =>
        AuthKeyFile.LoadOrCreate(_folder.Combine("a")).Key.ShouldNotBe(
            AuthKeyFile.LoadOrCreate(_folder.Combine("b")).Key);

    [Fact]
    public async Task LoadOrCreate_ManyAtOnce_AllGetTheOneKey()
    {
        for (var round = 0; round < 20; round++)
        {
            var data = Path.Combine(Data, $"{round}");
            var keys = await Task.WhenAll(
                Enumerable.Range(0, 16).Select(_ => Task.Run(() => AuthKeyFile.LoadOrCreate(data))));

            keys.Select(static each => each.Key).Distinct().Count().ShouldBe(1);
            keys.Count(static each => each.IsNew).ShouldBe(1);
            Directory.GetFiles(data).ShouldBe([Path.Combine(data, AuthKeyFile.FileName)]);
        }
    }

    [Fact]
    public void LoadOrCreate_FileThatOthersMayRead_IsClosedToThem()
    {
        if (OperatingSystem.IsWindows()) return;
        AuthKeyFile.LoadOrCreate(Data);
        File.SetUnixFileMode(
            KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        AuthKeyFile.LoadOrCreate(Data);

        File.GetUnixFileMode(KeyFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("two words")]
    [InlineData("k\u00e9y")]
    [InlineData("two\nlines")]
    public void LoadOrCreate_FileWithoutAUsableKey_IsAnErrorThatSaysWhatToDo(string content)
    {
        Directory.CreateDirectory(Data);
        File.WriteAllText(KeyFile, content);

        Should.Throw<IOException>(() => AuthKeyFile.LoadOrCreate(Data)).Message.ShouldBe(
            $"The key file {KeyFile} holds no usable key: allowed are 1 to 1024 printable ASCII characters without "
            + "blanks. Delete the file to have a new key made, or set LB_AUTH_KEY.");
    }

    [Fact]
    public void LoadOrCreate_FileInThePlaceOfTheDirectory_IsAnError()
    {
        File.WriteAllText(_folder.Combine("file"), "");

        Should.Throw<IOException>(() => AuthKeyFile.LoadOrCreate(_folder.Combine("file")));
    }

    [Fact]
    public void ToString_SaysNothingOfTheKey()
    {
        var made = AuthKeyFile.LoadOrCreate(Data);

        made.ToString().ShouldNotContain(made.Key);
    }
}
