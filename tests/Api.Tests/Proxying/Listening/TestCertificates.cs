using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ActorBalancer.Api.Tests.Proxying.Listening;

/// <summary>Certificates that a test makes itself.</summary>
internal static class TestCertificates
{
    /// <summary>A certificate for loopback with its key, signed by itself or by an issuer.</summary>
    public static X509Certificate2 Make(string name, X509Certificate2? issuer = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(issuer is null, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var (begin, end) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        if (issuer is null)
            return request.CreateSelfSigned(begin, end);
        using var signed = request.Create(issuer, begin, end.AddDays(-1), [1, 2, 3]);
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>The key as PEM, encrypted when there is a password.</summary>
    public static string KeyPem(this X509Certificate2 certificate, string? password = null)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return password is null
            ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(
                password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
    }
}
