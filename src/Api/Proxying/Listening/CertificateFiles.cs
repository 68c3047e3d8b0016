using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ActorBalancer.Engine.Proxying.Options;

namespace ActorBalancer.Api.Proxying.Listening;

/// <summary>The files of a certificate as they were at one moment.</summary>
internal sealed class CertificateFiles
{
    // A chain of dozens of certificates is well below it.
    private const int BytesMax = 1024 * 1024;

    private readonly byte[] _certificate;
    private readonly byte[]? _key;

    private CertificateFiles(byte[] certificate, byte[]? key)
    {
        _certificate = certificate;
        _key = key;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(certificate));
        hash.AppendData(key ?? []);
        Print = hash.GetHashAndReset();
    }

    /// <summary>Tells whether two readings found the same.</summary>
    public byte[] Print { get; }

    /// <summary>Reads the files.</summary>
    /// <exception cref="IOException">One cannot be read; the message names it.</exception>
    public static CertificateFiles Read(TlsOptions options) =>
        new(ReadFile(options.CertificatePath), options.KeyPath is { } key ? ReadFile(key) : null);

    /// <summary>The certificate with its key, and those of its issuers that came with it.</summary>
    /// <exception cref="IOException">There is none, or the key does not belong to it; the message names the file.
    /// </exception>
    public LoadedCertificate Load(TlsOptions options)
    {
        try
        {
            return _certificate.AsSpan().IndexOf("-----BEGIN "u8) >= 0 ? LoadPem(options) : LoadPfx(options);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new IOException(
                $"the certificate '{options.CertificatePath}' cannot be used: {exception.Message} It must be PEM "
                    + "(certificate and key, in one file or two) or PFX, and the key must belong to it.",
                exception);
        }
    }

    private LoadedCertificate LoadPem(TlsOptions options)
    {
        var certificate = Encoding.ASCII.GetString(_certificate);
        var key = _key is null ? certificate : Encoding.ASCII.GetString(_key);
        var isEncrypted = key.Contains("-----BEGIN ENCRYPTED", StringComparison.Ordinal);
        if (isEncrypted && options.Password is null)
            throw new CryptographicException("Its key is encrypted, but no password is set.");
        var leaf = isEncrypted
            ? X509Certificate2.CreateFromEncryptedPem(certificate, key, options.Password)
            : X509Certificate2.CreateFromPem(certificate, key);
        var all = new X509Certificate2Collection();
        all.ImportFromPem(certificate);
        return new LoadedCertificate(leaf, Without(all, leaf));
    }

    private LoadedCertificate LoadPfx(TlsOptions options)
    {
        var all = X509CertificateLoader.LoadPkcs12Collection(_certificate, options.Password);
        var leaf = all.FirstOrDefault(static one => one.HasPrivateKey)
            ?? throw new CryptographicException("It holds no private key.");
        return new LoadedCertificate(leaf, Without(all, leaf));
    }

    private static X509Certificate2Collection Without(X509Certificate2Collection all, X509Certificate2 leaf) =>
        [.. all.Where(one => !one.RawDataMemory.Span.SequenceEqual(leaf.RawDataMemory.Span))];

    private static byte[] ReadFile(string path)
    {
        try
        {
            using var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > BytesMax)
                throw new IOException($"it is {file.Length} bytes long, more than {BytesMax}");
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"the certificate's file '{path}' cannot be read: {exception.Message}", exception);
        }
    }
}

/// <summary>A certificate ready for use.</summary>
/// <param name="Leaf">With its private key.</param>
/// <param name="Others">Those of its issuers that clients are sent beside it; may be empty.</param>
internal sealed record LoadedCertificate(X509Certificate2 Leaf, X509Certificate2Collection Others);
