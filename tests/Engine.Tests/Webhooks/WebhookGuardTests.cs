using System.Net;
using System.Net.Sockets;
using ActorBalancer.Engine.Webhooks;
using ActorBalancer.Testing;
using Shouldly;
using Xunit;

namespace ActorBalancer.Engine.Tests.Webhooks;

public sealed class WebhookGuardTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData("http://1.1.1.1/hook")]
    [InlineData("https://[2606:4700::1111]:8443/hook?x=1")]
    [InlineData("https://user:pass@1.1.1.1/")]
    [InlineData("http://open.example/")]
    [InlineData("http://notmetadata.google.internal.example/")]
    public async Task Check_OpenTarget_IsAllowed(string url)
        => (await CheckAsync(url, Guard(IPAddress.Parse("1.1.1.1")))).ShouldBeNull();

    [Theory]
    [InlineData("http://inside.example/", "10.0.0.1", "private or loopback address; WEBHOOK_ALLOW_PRIVATE=true")]
    [InlineData("http://inside.example/", "169.254.169.254", "link-local, metadata or reserved")]
    [InlineData("ftp://open.example/", "1.1.1.1", "scheme 'ftp' is not allowed; http and https are")]
    [InlineData("/hook", "1.1.1.1", "allowed")]
    [InlineData("hook", "1.1.1.1", "no absolute URL")]
    [InlineData("http://metadata.google.internal./", "1.1.1.1", "metadata service")]
    [InlineData("http://x.Metadata.Google.Internal/", "1.1.1.1", "metadata service")]
    public async Task Check_RefusedTarget_SaysWhy(string url, string address, string reason)
    {
        var refusal = await CheckAsync(url, Guard(IPAddress.Parse(address)));

        // A path alone is an absolute file URL on Unix and a relative one elsewhere.
        refusal.ShouldNotBeNull();
        if (url != "/hook")
            refusal.ShouldContain(reason);
    }

    [Fact]
    public async Task Check_UrlTooLong_IsRefused()
        => (await CheckAsync("http://open.example/" + new string('x', 8192), Guard(IPAddress.Parse("1.1.1.1"))))
            .ShouldBe("it has 8212 characters; at most 8192 are allowed");

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("::1", true)]
    [InlineData("169.254.169.254", false)]
    [InlineData("fe80::1", false)]
    [InlineData("100.100.100.200", false)]
    [InlineData("0.0.0.0", false)]
    public async Task Check_AllowPrivate_OpensPrivateOnesOnly(string address, bool allowed)
    {
        var guard = new WebhookGuard(true, _time, Answering(IPAddress.Parse(address)));

        ((await CheckAsync("http://inside.example/", guard)) is null).ShouldBe(allowed);
    }

    [Fact]
    public async Task Check_OneOfManyAddressesIsPrivate_IsRefused()
        => (await CheckAsync("http://x.example/", Guard(IPAddress.Parse("1.1.1.1"), IPAddress.Parse("10.0.0.1"))))
            .ShouldNotBeNull();

    [Fact]
    public async Task Check_NameThatCannotBeResolved_IsAccepted()
    {
        var guard = new WebhookGuard(false, _time, static (_, _) =>
            Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)));

        (await CheckAsync("http://later.example/", guard)).ShouldBeNull();
    }

    [Fact]
    public async Task Check_ResolverThatHangs_IsAcceptedAfterTwoSeconds()
    {
        var never = new TaskCompletionSource<IPAddress[]>();
        var check = CheckAsync("http://slow.example/", new WebhookGuard(false, _time, (_, _) => never.Task));
        await _time.WaitForTimerAsync(TimeSpan.FromSeconds(2));

        _time.Advance(TimeSpan.FromSeconds(1.9));
        check.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.1));

        (await check).ShouldBeNull();
    }

    [Fact]
    public async Task ResolveForConnect_RefusedAddress_NamesNeitherAddressNorKind()
    {
        var guard = Guard(IPAddress.Parse("10.0.0.7"));

        var error = await Should.ThrowAsync<WebhookRefusedException>(
            () => guard.ResolveForConnectAsync("inside.example", CancellationToken.None).AsTask());

        error.Message.ShouldBe("refused address");
    }

    // Trial 25: whatever the spelling, nothing connects to this machine.
    [Fact]
    public async Task EverySpelling_WithTheDefault_NeverReachesTheCanary()
    {
        await using var canary = new WebhookReceiver();
        await using var canary6 = Socket.OSSupportsIPv6
            ? new WebhookReceiver(address: IPAddress.IPv6Loopback, port: canary.Port)
            : new WebhookReceiver();
        var urls = SsrfSpellings.All(canary.Port);
        urls.Count.ShouldBeGreaterThanOrEqualTo(300);
        var guard = new WebhookGuard(false, TimeProvider.System, SsrfSpellings.ResolveAsync);
        using var sender = new WebhookSender(new WebhookOptions(), TimeProvider.System, guard);

        var delivered = new List<string>();
        var accepted = new List<string>();
        foreach (var url in urls)
        {
            if (await CheckAsync(url, guard) is null)
                accepted.Add(url);
            var result = await sender.SendAsync(
                WebhookTasks.Ended(), WebhookTasks.Address(url), CancellationToken.None);
            if (result.Status != 0)
                delivered.Add(url);
        }

        delivered.ShouldBeEmpty();
        (canary.Connects + canary6.Connects).ShouldBe(0);
        accepted.ShouldAllBe(static url => Uri.CheckHostName(new Uri(url).IdnHost) == UriHostNameType.Dns);

        // The table has teeth: without the guard's rule many of them do arrive.
        using var open = new WebhookSender(
            new WebhookOptions { AllowPrivate = true }, TimeProvider.System,
            new WebhookGuard(true, TimeProvider.System, SsrfSpellings.ResolveAsync));
        foreach (var url in urls.Where(static url => url.StartsWith("http:", StringComparison.Ordinal)
            && (url.Contains("127.0.0.1") || url.Contains("2130706433"))))
            await open.SendAsync(WebhookTasks.Ended(), WebhookTasks.Address(url), CancellationToken.None);
        canary.Waiting.ShouldBeGreaterThan(10);
    }

    private static async Task<string?> CheckAsync(string url, WebhookGuard guard)
        => await guard.CheckAsync(url, CancellationToken.None).AsTask().WaitAsync(TestSignal.Guard);

    private static Func<string, CancellationToken, Task<IPAddress[]>> Answering(params IPAddress[] addresses)
        => (_, _) => Task.FromResult(addresses);

    private WebhookGuard Guard(params IPAddress[] addresses) => new(false, _time, Answering(addresses));
}
