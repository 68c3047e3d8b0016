using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ActorBalancer.Engine.Storage;
using ActorBalancer.Engine.Storage.Redis;
using ActorBalancer.Testing.Processes;
using Shouldly;
using Xunit;
using static ActorBalancer.Engine.Tests.Storage.StoreTestKit;

namespace ActorBalancer.Engine.Tests.Storage.Redis;

/// <summary>Users of Redis, and TLS on the way to it.</summary>
public sealed class RedisSecurityTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("abtls");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task User_WithItsPassword_SignsInAndHasItsRights()
    {
        await using var server = await RedisServer.StartAsync();
        await server.CommandAsync(
            "ACL", "SETUSER", "queues", "on", ">pa ss", "~q:*", "&q:*", "+@all", "-flushall");
        await server.CommandAsync("ACL", "SETUSER", "default", "off");
        var options = new RedisOptions
        {
            Servers = [server.Address],
            Prefix = "q",
            User = "queues",
            Password = "pa ss",
            Timeout = TimeSpan.FromSeconds(15),
        };

        await using (var node = await RedisNode.OpenAsync(options))
        {
            await node.Queue.EnqueueAsync(NewTask(body: new string('x', 300_000)));
            (await node.CompleteAsync(await node.LeaseAsync())).ShouldBeTrue();
            await node.Shared.SendAsync(node.Name, new byte[500_000]);
            await RedisNode.UntilAsync(() => !node.Messages.IsEmpty, "the message did not come");
            await Should.ThrowAsync<TaskStoreException>(
                () => node.Store.Link.AskAsync(database => database.ExecuteAsync("FLUSHALL")));
        }

        options = options with { Timeout = TimeSpan.FromSeconds(1) };
        await ShouldBeRefusedAsync(options with { Password = "another" });
        (await ShouldBeRefusedAsync(options with { Password = null })).ShouldContain("no password");
    }

    [Fact]
    public async Task SignIn_StrangerWithoutTheSecret_IsShownOut()
    {
        await using var server = await RedisServer.StartAsync();
        await using var signIn = RedisSignIn.Open(new RedisOptions
        {
            Servers = [server.Address],
            User = "default2",
            Password = "p",
        });
        var door = (IPEndPoint)signIn.ShouldNotBeNull().Doors.ShouldHaveSingleItem();
        using var client = new TcpClient();
        await client.ConnectAsync(door, TestContext.Current.CancellationToken);
        var stream = client.GetStream();

        await stream.WriteAsync(new byte[200], TestContext.Current.CancellationToken);

        var read = new byte[1];
        try
        {
            (await stream.ReadAsync(read, TestContext.Current.CancellationToken)).ShouldBe(0);
        }
        catch (IOException)
        {
            // A reset says the same.
        }
    }

    [Fact]
    public async Task SignIn_ShutWhileVisitorsKnock_ShutsWithoutAFault()
    {
        const int rounds = 300;
        const int visitors = 4;
        var options = new RedisOptions { Servers = ["127.0.0.1:1"], User = "queues", Password = "p" };
        for (var round = 0; round < rounds; round++)
        {
            var signIn = RedisSignIn.Open(options).ShouldNotBeNull();
            var door = (IPEndPoint)signIn.Doors.ShouldHaveSingleItem();
            using var knocked = new SemaphoreSlim(0);
            var knocking = Enumerable.Range(0, visitors).Select(_ => KnockAsync(door, knocked)).ToArray();
            await knocked.WaitAsync(TestContext.Current.CancellationToken);

            await signIn.DisposeAsync();

            await Task.WhenAll(knocking);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("queues")]
    public async Task Tls_TrustsWhomItIsTold(string? user)
    {
        var authority = MakeAuthority();
        MakeServerCertificate(authority);
        var port = RedisServer.FreePort();
        await using var server = await RedisServer.StartAsync(
            "--tls-port", port.ToString(), "--tls-cert-file", PathOf("server.pem"), "--tls-key-file",
            PathOf("server.key"), "--tls-auth-clients", "no");
        await server.CommandAsync("ACL", "SETUSER", "queues", "on", ">p", "~*", "&*", "+@all");
        var options = new RedisOptions
        {
            Servers = [$"127.0.0.1:{port}"],
            User = user,
            Password = user is null ? null : "p",
            UseTls = true,
            TlsCaFile = PathOf("ca.pem"),
            Timeout = TimeSpan.FromSeconds(15),
        };

        await using (var node = await RedisNode.OpenAsync(options))
            await node.Queue.EnqueueAsync(NewTask());
        await using (var node = await RedisNode.OpenAsync(options with { TlsCaFile = null, VerifyTls = false }))
            await node.Queue.EnqueueAsync(NewTask());
        options = options with { Timeout = TimeSpan.FromSeconds(1) };
        await ShouldBeRefusedAsync(options with { TlsCaFile = null });
        using var other = MakeAuthority("other.pem");
        await ShouldBeRefusedAsync(options with { TlsCaFile = PathOf("other.pem") });
        (await ShouldBeRefusedAsync(options with { TlsCaFile = PathOf("none.pem") })).ShouldContain("none.pem");
    }

    private static async Task KnockAsync(IPEndPoint door, SemaphoreSlim knocked)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(door, TestContext.Current.CancellationToken);
            knocked.Release();
            await client.GetStream().ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            // Nobody is let in here: the door was shut, or shut behind the visitor.
        }
    }

    private static async Task<string> ShouldBeRefusedAsync(RedisOptions options)
    {
        await using var store = new RedisTaskStore(
            options, "a", BalancerKey, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        return (await Should.ThrowAsync<TaskStoreException>(
            async () => await store.OpenAsync(TestContext.Current.CancellationToken))).Message;
    }

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private X509Certificate2 MakeAuthority(string file = "ca.pem")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=authority {file}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        var authority = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(PathOf(file), authority.ExportCertificatePem());
        return authority;
    }

    private void MakeServerCertificate(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=redis", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(authority, now.AddHours(-1), now.AddHours(12), [1, 2, 3, 4]);
        File.WriteAllText(PathOf("server.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf("server.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
