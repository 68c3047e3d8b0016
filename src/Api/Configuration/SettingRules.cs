using System.Net;
using ActorBalancer.Api.Configuration.Kinds;

namespace ActorBalancer.Api.Configuration;

/// <summary>Rules that concern more than one setting. A rule is silent while one of them is wrong itself.</summary>
internal static class SettingRules
{
    /// <summary>The key that Andera's documents show; anyone knows it.</summary>
    public const string WellKnownKey = "default-lb-auth-key";

    // RFC 9110, section 5.6.2: what a token is made of. A WebSocket sub-protocol is one.
    private const string TokenSigns = "!#$%&'*+-.^_`|~";

    /// <summary>Applies all rules.</summary>
    /// <param name="values">What was read.</param>
    /// <param name="workingDirectory">What relative paths start from; null to look at no file.</param>
    /// <param name="report">Takes what is wrong or doubtful.</param>
    /// <returns>Where to listen; null when that is wrong.</returns>
    public static IReadOnlyList<IPAddress>? Check(
        SettingValues values, string? workingDirectory, SettingsReport report)
    {
        CheckBackoff(SettingsTable.RetryBackoff, SettingsTable.RetryBackoffMax, values, report);
        CheckBackoff(SettingsTable.WebhookRetryDelay, SettingsTable.WebhookRetryDelayMax, values, report);
        RedisSettings.Check(values, workingDirectory, report);
        CheckKeyForm(values, report);
        return CheckBinding(values, report);
    }

    private static void CheckBackoff(
        Setting<TimeSpan> shortest, Setting<TimeSpan> max, SettingValues values, SettingsReport report)
    {
        if (!values.TryGet(shortest, out var first, out var firstText)
            || !values.TryGet(max, out var longest, out var longestText)
            || first <= longest)
        {
            return;
        }

        report.Errors.Add(
            $"{shortest.Name}: {Durations.Format(first)} ({firstText.Source}) is above {max.Name}, "
            + $"{Durations.Format(longest)} ({longestText.Source}); raise the one or lower the other");
    }

    private static void CheckKeyForm(SettingValues values, SettingsReport report)
    {
        if (!values.TryGet(SettingsTable.AuthKey, out var key, out var text)) return;
        if (key.Any(static unit =>
            !char.IsAsciiLetterOrDigit(unit) && !TokenSigns.Contains(unit, StringComparison.Ordinal)))
        {
            report.Warnings.Add($"LB_AUTH_KEY ({text.Source}) holds a sign that a WebSocket sub-protocol cannot carry, "
                + $"so live sessions with workers may be refused; letters, digits and {TokenSigns} are safe");
        }
    }

    private static IReadOnlyList<IPAddress>? CheckBinding(SettingValues values, SettingsReport report)
    {
        if (!values.TryGet(SettingsTable.AuthKey, out var key, out var keyText)
            || !values.TryGet(SettingsTable.BindAddress, out var addresses, out var addressText))
        {
            return null;
        }

        var isWellKnown = key == WellKnownKey;
        if (key.Length > 0 && !isWellKnown) return addresses.Count == 0 ? BindAddressKind.Any : addresses;
        if (addresses.Count == 0 || addresses.All(IPAddress.IsLoopback))
        {
            if (isWellKnown)
            {
                report.Warnings.Add($"LB_AUTH_KEY ({keyText.Source}) is the well-known default key, so the balancer "
                    + "listens on loopback only; set a key of your own to be reached from other machines");
            }

            return addresses.Count == 0 ? BindAddressKind.Loopback : addresses;
        }

        var fault = isWellKnown
            ? $"needs a key of your own, but LB_AUTH_KEY ({keyText.Source}) is the well-known default key"
            : "needs a key, but LB_AUTH_KEY is not set";
        report.Wrong(
            SettingsTable.BindAddress,
            addressText,
            fault,
            "a loopback address while there is no other key; set LB_AUTH_KEY or LB_AUTH_KEY_FILE");
        return null;
    }
}
