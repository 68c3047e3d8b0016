using ActorBalancer.Api.Logging;

namespace ActorBalancer.Api.Configuration;

/// <summary>Gathers what is wrong or doubtful; each entry is one line. Used by one load, on one thread.</summary>
internal sealed class SettingsReport
{
    // Enough to recognise the value, short enough for a terminal.
    private const int ShownLengthMax = 100;

    public List<string> Errors { get; } = [];

    public List<string> Warnings { get; } = [];

    /// <summary>Reports a wrong value: which setting, the value, its source, the problem, what is allowed.</summary>
    public void Wrong(Setting setting, SettingText text, string problem, string allowed)
    {
        var shown = setting.IsSecret ? "'***'" : text.IsText ? Quote(text.Text) : text.Text;
        Errors.Add($"{setting.Name}: {shown} ({text.Source}) {problem}; allowed: {allowed}");
    }

    /// <summary>A value in quotes, safe for one line of a terminal, cut where it is long.</summary>
    public static string Quote(string text) => $"'{LogText.Escape(text, ShownLengthMax)}'";
}
