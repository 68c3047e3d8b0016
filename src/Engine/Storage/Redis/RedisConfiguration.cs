using System.Net.Security;
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
    /// <exception cref="TaskStoreException">A setting cannot be followed; says which and why.</exception>
    public static ConfigurationOptions Of(RedisOptions options)
    {
        if (options.User is not null and not "default")
        {
            throw new TaskStoreException(
                $"The Redis user '{options.User}' cannot be used: the Redis client of this build signs in by password "
                + "only. Give the rights to the user 'default' with that password, and leave the user out.");
        }

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
            Password = options.Password,
            Ssl = options.UseTls,
            TieBreaker = "",
        };
        foreach (var server in options.Servers)
            configuration.EndPoints.Add(server);
        if (options.UseTls)
            Trust(configuration, options);
        return configuration;
    }

    private static void Trust(ConfigurationOptions configuration, RedisOptions options)
    {
        if (!options.VerifyTls)
        {
#pragma warning disable CA5359 // The operator switched it off.
            configuration.CertificateValidation += static (_, _, _, _) => true;
#pragma warning restore CA5359
            return;
        }

        if (options.TlsCaFile is not { } file)
            return;
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException
            or System.Security.Cryptography.CryptographicException)
        {
            throw new TaskStoreException(
                $"The file of Redis' certificate authorities '{file}' cannot be read: {exception.Message}", exception);
        }

        configuration.CertificateValidation += (_, certificate, _, errors) => IsTrusted(certificate, errors, authorities);
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
