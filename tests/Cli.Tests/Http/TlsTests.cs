using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Cli.Tests.Http;

/// <summary>https with a certificate of one's own.</summary>
public sealed class TlsTests
{
    [Fact]
    public async Task OwnCertificate_RefusedUnlessNamedOrNotChecked()
    {
        using var folder = new TemporaryFolder();
        using var certificate = MakeCertificate();
        var pem = folder.Combine("ca.pem");
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem());
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stop = new CancellationTokenSource();
        var serving = ServeAsync(listener, certificate, stop.Token);
        var url = $"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}";

        var refused = await new CliRun().RunAsync("status", "--url", url);
        var named = await new CliRun().RunAsync("status", "--url", url, "--ca", pem);
        var unchecked_ = await new CliRun().RunAsync("status", "--url", url, "--insecure");
        await stop.CancelAsync();
        await serving;

        refused.Code.ShouldBe(1);
        refused.Error.ShouldContain("certificate that is not trusted; use --ca FILE");
        named.Code.ShouldBe(0, named.Error);
        unchecked_.Code.ShouldBe(0, unchecked_.Error);
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var client = await listener.AcceptTcpClientAsync(stop);
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsServerAsync(certificate);
                if (await StubRequest.ReadAsync(tls, stop) is not null)
                    await new StubAnswer(200, "application/json", "{}").WriteAsync(tls, stop);
                await tls.FlushAsync(stop);
            }
            catch (Exception fault) when (fault is IOException or OperationCanceledException
                or System.Security.Authentication.AuthenticationException)
            {
                // A client that does not trust it goes.
            }
        }
    }
}
