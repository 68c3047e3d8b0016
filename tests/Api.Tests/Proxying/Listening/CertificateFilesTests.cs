using System.Security.Cryptography.X509Certificates;
using ActorBalancer.Api.Proxying.Listening;
using ActorBalancer.Engine.Proxying.Options;
using ActorBalancer.Testing.Workers;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Listening;

public sealed class CertificateFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("a password")]
    public void Load_PemInTwoFiles_HasKeyAndChain(string? password)
    {
        using var issuer = TestCertificates.Make("issuer");
        using var leaf = TestCertificates.Make("leaf", issuer);
        var options = new TlsOptions
        {
            CertificatePath = Write("c.pem", $"{leaf.ExportCertificatePem()}\n{issuer.ExportCertificatePem()}\n"),
            KeyPath = Write("k.pem", leaf.KeyPem(password)),
            Password = password,
        };

        var loaded = CertificateFiles.Read(options).Load(options);

        loaded.Leaf.Subject.ShouldBe("CN=leaf");
        loaded.Leaf.HasPrivateKey.ShouldBeTrue();
        loaded.Others.ShouldHaveSingleItem().Subject.ShouldBe("CN=issuer");
    }

    [Fact]
    public void Load_PemInOneFile_HasKey()
    {
        using var leaf = TestCertificates.Make("leaf");
        var options = new TlsOptions { CertificatePath = Write("c.pem", $"{leaf.ExportCertificatePem()}\n{leaf.KeyPem()}") };

        CertificateFiles.Read(options).Load(options).Leaf.HasPrivateKey.ShouldBeTrue();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("a password")]
    public void Load_Pfx_HasKeyAndChain(string? password)
    {
        using var issuer = TestCertificates.Make("issuer");
        using var leaf = TestCertificates.Make("leaf", issuer);
        using var bare = X509CertificateLoader.LoadCertificate(issuer.RawData);
        var all = new X509Certificate2Collection { bare, leaf };
        var path = _folder.Combine("c.pfx");
        File.WriteAllBytes(path, all.Export(X509ContentType.Pfx, password)!);
        var options = new TlsOptions { CertificatePath = path, Password = password };

        var loaded = CertificateFiles.Read(options).Load(options);

        loaded.Leaf.Subject.ShouldBe("CN=leaf");
        loaded.Leaf.HasPrivateKey.ShouldBeTrue();
        loaded.Others.ShouldHaveSingleItem().Subject.ShouldBe("CN=issuer");
    }

    [Fact]
    public void Load_KeyOfAnother_SaysSo()
    {
        using var leaf = TestCertificates.Make("leaf");
        using var other = TestCertificates.Make("other");
        var options = new TlsOptions
        {
            CertificatePath = Write("c.pem", leaf.ExportCertificatePem()),
            KeyPath = Write("k.pem", other.KeyPem()),
        };

        Should.Throw<IOException>(() => CertificateFiles.Read(options).Load(options)).Message
            .ShouldContain(options.CertificatePath);
    }

    [Fact]
    public void Load_WrongOrNoPassword_IsRefusedAndNeverShown()
    {
        using var leaf = TestCertificates.Make("leaf");
        var options = new TlsOptions
        {
            CertificatePath = Write("c.pem", leaf.ExportCertificatePem()),
            KeyPath = Write("k.pem", leaf.KeyPem("right")),
            Password = "wrong-password",
        };

        Should.Throw<IOException>(() => CertificateFiles.Read(options).Load(options)).Message
            .ShouldNotContain("wrong-password");
        var without = options with { Password = null };
        Should.Throw<IOException>(() => CertificateFiles.Read(without).Load(without)).Message
            .ShouldContain("no password is set");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void Load_NoCertificate_IsRefused(string content)
    {
        var options = new TlsOptions { CertificatePath = Write("c.pem", content) };

        Should.Throw<IOException>(() => CertificateFiles.Read(options).Load(options)).Message
            .ShouldContain("c.pem");
    }

    [Fact]
    public void Read_NoOrHugeFile_SaysWhich()
    {
        var options = new TlsOptions { CertificatePath = _folder.Combine("none.pem") };
        Should.Throw<IOException>(() => CertificateFiles.Read(options)).Message.ShouldContain("none.pem");

        options = new TlsOptions { CertificatePath = Write("huge.pem", new string('x', 1024 * 1024 + 1)) };
        Should.Throw<IOException>(() => CertificateFiles.Read(options)).Message.ShouldContain("1048577 bytes");
    }

    private string Write(string name, string content)
    {
        var path = _folder.Combine(name);
        File.WriteAllText(path, content);
        return path;
    }
}
