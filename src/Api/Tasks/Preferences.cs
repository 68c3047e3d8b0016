using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace ActorBalancer.Api.Tasks;

/// <summary>What <c>Prefer</c> (RFC 7240) says to us. What is unknown or cannot be read is passed over, as its section
/// 2 wants it.</summary>
/// <param name="RespondAsync">True for <c>respond-async</c>: the result need not come with the answer.</param>
/// <param name="Wait">How long the sender is ready to wait, at most <see cref="WaitTime.Max"/>; null when not said.
/// </param>
internal readonly record struct Preferences(bool RespondAsync, TimeSpan? Wait)
{
    /// <summary>The header.</summary>
    public const string HeaderName = "Prefer";

    /// <summary>The header that names the preferences that were followed.</summary>
    public const string AppliedName = "Preference-Applied";

    /// <summary>Reads all lines of the header. Of a preference that comes twice the first counts.</summary>
    public static Preferences Parse(StringValues lines)
    {
        var respondAsync = false;
        TimeSpan? wait = null;
        foreach (var line in lines)
        {
            var text = line.AsSpan();
            foreach (var part in text.Split(','))
            {
                var preference = text[part];
                var end = preference.IndexOf(';');
                if (end >= 0)
                    preference = preference[..end];
                var equals = preference.IndexOf('=');
                var name = (equals < 0 ? preference : preference[..equals]).Trim();
                var value = equals < 0 ? default : preference[(equals + 1)..].Trim().Trim('"');
                if (name.Equals("respond-async", StringComparison.OrdinalIgnoreCase))
                    respondAsync = true;
                else if (name.Equals("wait", StringComparison.OrdinalIgnoreCase))
                    wait ??= ReadSeconds(value);
            }
        }

        return new Preferences(respondAsync, wait);
    }

    // delta-seconds; what is longer than we wait is a wish that we follow as far as we can.
    private static TimeSpan? ReadSeconds(ReadOnlySpan<char> value)
    {
        if (value.IsEmpty || value.ContainsAnyExceptInRange('0', '9'))
            return null;
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds < WaitTime.Max.TotalSeconds
                ? TimeSpan.FromSeconds(seconds)
                : WaitTime.Max;
    }
}
