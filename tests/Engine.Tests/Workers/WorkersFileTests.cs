using System.Text;
using ActorBalancer.Engine.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Workers;

public sealed class WorkersFileTests
{
    [Fact]
    public void TryParse_UrlsAndObjects_GivesEntriesInOrder()
    {
        const string Text = """
            [
              "http://127.0.0.1:3000",
              { "url": "https://two.example:8443/base/", "authKey": "k", "weight": 3, "zone": "z" },
            ]
            """;

        WorkersFile.TryParse(Encoding.UTF8.GetBytes(Text), out var entries, out var error).ShouldBeTrue();

        error.ShouldBeNull();
        entries.ShouldBe(
        [
            new WorkerEntry("http://127.0.0.1:3000"),
            new WorkerEntry("https://two.example:8443/base", "k", 3, "z"),
        ]);
    }

    [Fact]
    public void TryParse_EmptyArray_IsAnEmptyFleet()
    {
        WorkersFile.TryParse("[]"u8.ToArray(), out var entries, out _).ShouldBeTrue();

        entries.ShouldBeEmpty();
    }

    [Fact]
    public void TryParse_ByteOrderMark_IsPassedOver()
        => WorkersFile.TryParse("\uFEFF[]"u8.ToArray(), out _, out _).ShouldBeTrue();

    [Theory]
    [InlineData("", "not valid JSON at line 1")]
    [InlineData("[\"http://a\",", "not valid JSON")]
    [InlineData("{}", "must be an array of URLs, is an object")]
    [InlineData("[1]", "entry 1: must be a URL or an object with a url, is a number")]
    [InlineData("[\"http://a\", \"ftp://b\"]", "entry 2: 'ftp://b' is not an http or https URL")]
    [InlineData("[\"http://a?x=1\"]", "entry 1: 'http://a?x=1' is not an http or https URL")]
    [InlineData("[\"http://u:p@a\"]", "is not an http or https URL without user")]
    [InlineData("[\"nonsense\"]", "entry 1: 'nonsense' is not")]
    [InlineData("[\"http://a\", \"http://a/\"]", "entry 2: 'http://a' stands twice")]
    [InlineData("[{}]", "entry 1: member 'url' is missing")]
    [InlineData("[{\"url\":1}]", "entry 1: member 'url' must be a string, is a number")]
    [InlineData("[{\"url\":\"http://a\",\"authKey\":true}]", "member 'authKey' must be a string, is a boolean")]
    [InlineData("[{\"url\":\"http://a\",\"weight\":0}]", "member 'weight' must be a whole number from 1 to 1000")]
    [InlineData("[{\"url\":\"http://a\",\"weight\":1.5}]", "member 'weight' must be a whole number from 1 to 1000")]
    [InlineData("[{\"url\":\"http://a\",\"wieght\":1}]", "member 'wieght' is unknown; allowed: url, authKey, weight")]
    public void TryParse_Fault_TakesNothingAndNamesEntryAndMember(string text, string expected)
    {
        WorkersFile.TryParse(Encoding.UTF8.GetBytes(text), out var entries, out var error).ShouldBeFalse();

        entries.ShouldBeEmpty();
        error.ShouldNotBeNull().ShouldContain(expected);
    }
}
