using ActorBalancer.Engine.Storage.Redis;

namespace ActorBalancer.Api.Configuration;

/// <summary>What the settings of Redis and of the cluster mean together.</summary>
internal static class RedisSettings
{
    // What REDIS_URL says too.
    private static readonly Setting[] Parts =
    [
        SettingsTable.RedisHost, SettingsTable.RedisPort, SettingsTable.RedisUser, SettingsTable.RedisPassword,
        SettingsTable.RedisPasswordFile, SettingsTable.RedisDatabase, SettingsTable.RedisTls,
    ];

    /// <summary>Where tasks are kept. Whoever names a Redis means it, unless STORE says otherwise: an Andera file names
    /// one and knows no STORE.</summary>
    public static StoreKind StoreOf(SettingValues values)
    {
        values.TryGet(SettingsTable.Store, out var store, out var text);
        return text is { IsDefault: true } && (HasUrl(values, out _) || Names(values, SettingsTable.RedisHost, out _))
            ? StoreKind.Redis
            : store;
    }

    /// <summary>Applies the rules about them.</summary>
    public static void Check(SettingValues values, string? workingDirectory, SettingsReport report)
    {
        var store = StoreOf(values);
        if (HasUrl(values, out var url))
            CheckUrl(values, store, url, report);
        if (store == StoreKind.Redis)
            CheckTls(values, workingDirectory, report);
        else
            CheckUnused(values, store, report);
        CheckMode(values, store, report);
    }

    /// <summary>How Redis is spoken to.</summary>
    /// <param name="values">All settings, right.</param>
    /// <param name="workingDirectory">What relative paths start from.</param>
    public static RedisOptions From(SettingValues values, string workingDirectory)
    {
        var url = values.Get(SettingsTable.RedisUrl) ?? new RedisUrl(
            [ServerOf(values.Get(SettingsTable.RedisHost), values.Get(SettingsTable.RedisPort))],
            NullIfEmpty(values.Get(SettingsTable.RedisUser)),
            NullIfEmpty(values.Get(SettingsTable.RedisPassword)),
            values.Get(SettingsTable.RedisDatabase),
            values.Get(SettingsTable.RedisTls));
        var authorities = values.Get(SettingsTable.RedisTlsCaFile);
        return new RedisOptions
        {
            Servers = url.Servers,
            User = url.User,
            Password = url.Password,
            Database = url.Database,
            UseTls = url.UseTls,
            VerifyTls = values.Get(SettingsTable.RedisTlsVerify),
            TlsCaFile = authorities.Length == 0 ? null : Path.GetFullPath(authorities, workingDirectory),
            Prefix = values.Get(SettingsTable.RedisPrefix),
            Timeout = values.Get(SettingsTable.RedisTimeout),
            WaitReplicas = values.Get(SettingsTable.RedisWaitReplicas),
            QueueLimit = values.Get(SettingsTable.QueueLimit),
            LeaseTime = values.Get(SettingsTable.LeaseTime),
        };
    }

    private static void CheckUrl(SettingValues values, StoreKind store, SettingText url, SettingsReport report)
    {
        foreach (var part in Parts)
        {
            if (Names(values, part, out var text))
            {
                report.Errors.Add(
                    $"REDIS_URL ({url.Source}) and {part.Name} ({text.Source}) are both set; keep one of them");
            }
        }

        if (store != StoreKind.Redis && values.TryGet(SettingsTable.Store, out _, out var storeText))
        {
            report.Errors.Add($"REDIS_URL ({url.Source}) is set, but STORE ({storeText.Source}) is "
                + $"{WordOf(store)}; remove one of them, or set STORE=redis");
        }
    }

    private static void CheckTls(SettingValues values, string? workingDirectory, SettingsReport report)
    {
        if (!values.TryGet(SettingsTable.RedisTlsCaFile, out var file, out var text) || file.Length == 0)
            return;
        var useTls = HasUrl(values, out _)
            ? values.TryGet(SettingsTable.RedisUrl, out var url, out _) && url!.UseTls
            : !values.TryGet(SettingsTable.RedisTls, out var tls, out _) || tls;
        if (!useTls)
        {
            report.Wrong(
                SettingsTable.RedisTlsCaFile, text, "has no meaning without TLS", "rediss:// or REDIS_TLS=true");
        }
        else if (workingDirectory is not null && !File.Exists(Path.GetFullPath(file, workingDirectory)))
        {
            report.Wrong(SettingsTable.RedisTlsCaFile, text, "does not exist", SettingsTable.RedisTlsCaFile.Allowed);
        }
    }

    // That a Redis is named in vain must neither stop the start nor go unsaid.
    private static void CheckUnused(SettingValues values, StoreKind store, SettingsReport report)
    {
        foreach (var setting in (Setting[])[SettingsTable.RedisHost, SettingsTable.RedisPort])
        {
            if (!Names(values, setting, out var text))
                continue;
            report.Warnings.Add($"{setting.Name} ({text.Source}) is not used: tasks are kept in the embedded store "
                + $"(STORE {WordOf(store)})");
            return;
        }
    }

    private static void CheckMode(SettingValues values, StoreKind store, SettingsReport report)
    {
        if (values.TryGet(SettingsTable.Mode, out var mode, out var text) && mode != NodeRole.None
            && store != StoreKind.Redis)
        {
            report.Wrong(
                SettingsTable.Mode,
                text,
                $"needs a Redis that all nodes share, but STORE is {WordOf(store)}",
                "none while there is no STORE=redis, REDIS_URL or REDIS_HOST");
        }

        foreach (var setting in (Setting<string>[])[SettingsTable.MasterServerIp, SettingsTable.MasterServerPort])
        {
            if (values.TryGet(setting, out var value, out var source) && value.Length > 0)
                report.Warnings.Add($"{setting.Name} ({source.Source}) is not needed: nodes meet in Redis");
        }
    }

    private static bool HasUrl(SettingValues values, out SettingText text) =>
        values.TryGet(SettingsTable.RedisUrl, out var url, out text) && url is not null;

    // Said by the user, and not only to say nothing.
    private static bool Names(SettingValues values, Setting setting, out SettingText text) =>
        values.TryGetText(setting, out text) && !text.IsDefault && text.Text.Length > 0;

    private static string WordOf(StoreKind store) => store switch
    {
        StoreKind.Memory => "memory",
        StoreKind.Redis => "redis",
        _ => "sqlite",
    };

    // An IPv6 address holds colons of its own.
    private static string ServerOf(string host, int port) =>
        host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]:{port}" : $"{host}:{port}";

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}
