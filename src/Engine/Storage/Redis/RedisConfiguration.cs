using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>The client's settings, made of ours.</summary>
internal static class RedisConfiguration
{
    /// <summary>Seconds between two looks at which server is the primary.</summary>
    private const int ConfigCheckSeconds = 10;

    /// <summary>Seconds of silence after which the client asks for a sign of life.</summary>
    private const int KeepAliveSeconds = 5;

    /// <summary>Makes them.</summary>
    /// <param name="options">Our settings.</param>
    /// <param name="signIn">Signs in for the client; null when it does so itself.</param>
    /// <exception cref="TaskStoreException">A setting cannot be followed; says which and why.</exception>
    public static ConfigurationOptions Of(RedisOptions options, RedisSignIn? signIn)
    {
        var configuration = new ConfigurationOptions
        {
            AbortOnConnectFail = false,
            AllowAdmin = false,
            ClientName = "actorbalancer",
            ConnectTimeout = (int)options.Timeout.TotalMilliseconds,
            SyncTimeout = (int)options.Timeout.TotalMilliseconds,
            ConfigCheckSeconds = ConfigCheckSeconds,
            KeepAlive = KeepAliveSeconds,
            DefaultDatabase = options.Database,
            Password = signIn?.Secret ?? options.Password,
            Ssl = options.UseTls && signIn is null,
            TieBreaker = "",
        };
        if (signIn is null)
        {
            foreach (var server in options.Servers)
                configuration.EndPoints.Add(server);
        }
        else
        {
            foreach (var door in signIn.Doors)
                configuration.EndPoints.Add(door);
        }

        if (configuration.Ssl && TrustOf(options) is { } trust)
            configuration.CertificateValidation += trust;
        return configuration;
    }

    /// <summary>Judges the server's certificate; null to leave that to the system.</summary>
    /// <exception cref="TaskStoreException">The file of authorities cannot be read.</exception>
    public static RemoteCertificateValidationCallback? TrustOf(RedisOptions options)
    {
        if (!options.UseTls)
            return null;
        if (!options.VerifyTls)
        {
#pragma warning disable CA5359 // The operator switched it off.
            return static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        if (options.TlsCaFile is not { } file)
            return null;
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException
            or CryptographicException)
        {
            throw new TaskStoreException(
                $"The file of Redis' certificate authorities '{file}' cannot be read: {exception.Message}", exception);
        }

        return (_, certificate, _, errors) => IsTrusted(certificate, errors, authorities);
    }

    private static bool IsTrusted(
        X509Certificate? certificate, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        // The name must be right; the chain is judged by the given authorities alone.
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var copy = new X509Certificate2(certificate);
        return chain.Build(copy);
    }
}
