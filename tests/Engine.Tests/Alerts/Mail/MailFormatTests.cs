using System.Text;
using ActorBalancer.Engine.Alerts.Mail;
using ActorBalancer.Testing.Mail;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Alerts.Mail;

public sealed class MailFormatTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("a subject\r\nBcc: evil@example.org")]
    [InlineData("=?utf-8?B?YQ==?=")]
    [InlineData("Gr\u00fc\u00dfe \ud83d\ude00 \u4e16\u754c")]
    [InlineData("\0\u0007")]
    public void Write_AnySubject_StaysInItsHeader(string subject)
    {
        var message = Write(subject, "text");

        var mail = new ReceivedMail("", [], message[..^3], false, null);
        mail.Subject.ShouldBe(subject);
        mail.Header("Bcc").ShouldBeNull();
        message.ShouldAllBe(static one => one == '\r' || one == '\n' || (one >= ' ' && one <= '~'));
        message.Split("\r\n").ShouldAllBe(static line => line.Length <= 78);
    }

    [Fact]
    public void Write_LongSubject_IsCutBetweenCharacters()
    {
        var subject = string.Concat(Enumerable.Repeat("\ud83d\ude00\u00fcx", 60));

        var message = Write(subject, "text");

        new ReceivedMail("", [], message[..^3], false, null).Subject.ShouldBe(subject);
        message.Split("\r\n").ShouldAllBe(static line => line.Length <= 76);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a\n.\nb")]
    [InlineData("a\r\n.\r\nQUIT\r\n")]
    [InlineData("..\n")]
    public void Write_AnyText_EndsOnlyAtItsEnd(string text)
    {
        var message = Write("s", text);

        message.ShouldEndWith("\r\n.\r\n");
        message[..^3].ShouldNotContain("\r\n.\r\n");
        var mail = new ReceivedMail("", [], message[..^3], false, null);
        mail.Text.ShouldBe(text.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData(".a\r\n.b\r\n", "..a\r\n..b\r\n")]
    [InlineData("a\r\n..\r\n", "a\r\n...\r\n")]
    [InlineData("a.b\r\n", "a.b\r\n")]
    public void Stuff_DotsAtTheStartOfLines_AreDoubled(string message, string stuffed) =>
        MailFormat.Stuff(message).ShouldBe(stuffed);

    private static string Write(string subject, string text) => Encoding.ASCII.GetString(MailFormat.Write(
        new Letter("from@example.org", "to@example.org", subject, text, DateTimeOffset.UnixEpoch, "id")));
}
