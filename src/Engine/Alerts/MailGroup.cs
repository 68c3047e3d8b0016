namespace ActorBalancer.Engine.Alerts;

/// <summary>What happened to a backend since the last mail about it. Belongs to one actor.</summary>
internal sealed class MailGroup
{
    /// <summary>Most changes that one mail tells; of more, those in the middle are only counted. Source:
    /// ours.</summary>
    public const int AlertsMax = 100;

    private readonly List<Alert> _alerts = [];

    /// <summary>Changes in their order.</summary>
    public IReadOnlyList<Alert> Alerts => _alerts;

    /// <summary>Changes in the middle that were left out.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Takes a change in.</summary>
    public void Add(Alert alert)
    {
        if (_alerts.Count == AlertsMax)
        {
            _alerts.RemoveAt(AlertsMax / 2);
            LeftOut++;
        }

        _alerts.Add(alert);
    }

    /// <summary>Forgets them: they are told.</summary>
    public void Clear()
    {
        _alerts.Clear();
        LeftOut = 0;
    }
}
