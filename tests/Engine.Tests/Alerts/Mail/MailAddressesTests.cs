using ActorBalancer.Engine.Alerts.Mail;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Alerts.Mail;

public sealed class MailAddressesTests
{
    [Theory]
    [InlineData("a@b")]
    [InlineData("first.last+tag@mail.example.org")]
    [InlineData("o'hara@example.org")]
    public void IsValid_PlainAddress_IsTrue(string text) => MailAddresses.IsValid(text).ShouldBeTrue();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("@")]
    [InlineData("a@")]
    [InlineData("@b")]
    [InlineData("a@b@c")]
    [InlineData(".a@b")]
    [InlineData("a..b@c")]
    [InlineData("a@b.")]
    [InlineData("a b@c")]
    [InlineData("a@b c")]
    [InlineData("a@b\r\nRCPT TO:<x@y>")]
    [InlineData("a>@b")]
    [InlineData("<a@b>")]
    [InlineData("a@[127.0.0.1]")]
    [InlineData("\u00e4@b")]
    public void IsValid_AnythingElse_IsFalse(string? text) => MailAddresses.IsValid(text).ShouldBeFalse();

    [Fact]
    public void IsValid_TooLong_IsFalse()
    {
        MailAddresses.IsValid(new string('a', 64) + "@b").ShouldBeTrue();
        MailAddresses.IsValid(new string('a', 65) + "@b").ShouldBeFalse();
        MailAddresses.IsValid("a@" + new string('b', 253)).ShouldBeFalse();
    }

    [Fact]
    public void Services_NamesAreUniqueAndLowerCase()
    {
        MailServices.All.Select(static one => one.Name).ShouldBeUnique();
        MailServices.All.ShouldAllBe(static one => !one.Name.Any(char.IsUpper));
        MailServices.Find("GMAIL").ShouldBe(new MailService("gmail", "smtp.gmail.com", 465, true));
        MailServices.Find("nowhere").ShouldBeNull();
    }
}
