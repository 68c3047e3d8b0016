using System.Text.Json;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

// What a sender may ask for beyond the way of a task.
internal ref partial struct TaskJson
{
    private const long YearMilliseconds = 365L * 24 * 60 * 60 * 1000;
    private const long ThirtyDaysMilliseconds = 30L * 24 * 60 * 60 * 1000;
    private const int AttemptsMax = 100;
    private const int TagsMax = 32;
    private const string BackoffRule = "an object with 'type', 'delay' and, if wanted, 'max', and nothing else";
    private static readonly string TagsRule =
        $"a list of at most {TagsMax} strings of 1 to {TaskLimits.TagLengthMax} characters without control characters";

    private static readonly string OrderingKeyRule = $"a string of 1 to {TaskLimits.OrderingKeyLengthMax} characters";

    private InputFault? TakeOption() => _member switch
    {
        Member.Delay =>
            TakeMilliseconds("delay", 0, YearMilliseconds, ref _asked.Delay) ?? CheckStart("delay", "runAt"),
        Member.RunAt => TakeRunAt(),
        Member.Timeout => TakeMilliseconds("timeout", 1, ThirtyDaysMilliseconds, ref _asked.Timeout),
        Member.Attempts => TakeInteger("attempts", 1, AttemptsMax, ref _asked.Attempts),
        Member.TimeToLive => TakeMilliseconds("ttl", 1, YearMilliseconds, ref _asked.TimeToLive),
        Member.Retention => TakeMilliseconds("retention", 0, YearMilliseconds, ref _asked.Retention),
        Member.Tags => _reader.TokenType == JsonTokenType.StartArray ? null : Wrong("tags", TagsRule),
        Member.Tag => TakeTag(),
        Member.OrderingKey => TakeOrderingKey(),
        Member.Backoff => _reader.TokenType == JsonTokenType.StartObject ? null : Wrong("backoff", BackoffRule),
        Member.BackoffType => TakeBackoffType(),
        Member.BackoffDelay =>
            TakeMilliseconds("backoff.delay", 0, ThirtyDaysMilliseconds, ref _asked.BackoffDelay),
        _ => TakeMilliseconds("backoff.max", 0, ThirtyDaysMilliseconds, ref _asked.BackoffMax),
    };

    private InputFault? TakeMilliseconds(string member, long min, long max, ref long value)
    {
        return _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt64(out value)
            && value >= min && value <= max
                ? null
                : Wrong(member, $"an integer from {min} to {max} (milliseconds), written without fraction or exponent");
    }

    private InputFault? TakeRunAt()
    {
        // A date and time with nine digits behind the second is 35 bytes long.
        const int BytesMax = 64;
        var raw = _reader.ValueSpan;
        return _reader.TokenType == JsonTokenType.String && !_reader.ValueIsEscaped && raw.Length <= BytesMax
            && Timestamp.TryParse(raw, out _asked.RunAt)
                ? CheckStart("runAt", "delay")
                : Wrong("runAt", "a date and time with offset (RFC 3339), such as \"2030-01-02T03:04:05Z\"");
    }

    private readonly InputFault? CheckStart(string member, string other) => Has(Member.Delay | Member.RunAt)
        ? Faults.Wrong(member, $"left out beside '{other}'", "there too")
        : null;

    private InputFault? TakeTag()
    {
        // Six bytes stand for one character when it is escaped.
        if (_reader.TokenType != JsonTokenType.String || _reader.ValueSpan.Length > 6 * TaskLimits.TagLengthMax)
            return WrongTag();
        var tag = _reader.GetString()!;
        if (tag.Length is 0 or > TaskLimits.TagLengthMax || tag.Any(char.IsControl))
            return WrongTag();
        var tags = _asked.Tags ??= [];
        if (tags.Count == TagsMax)
            return Faults.Wrong("tags", TagsRule, $"a list of more than {TagsMax}");
        tags.Add(tag);
        return null;
    }

    private InputFault? TakeOrderingKey()
    {
        // Six bytes stand for one character when it is escaped.
        if (_reader.TokenType != JsonTokenType.String
            || _reader.ValueSpan.Length > 6 * TaskLimits.OrderingKeyLengthMax)
            return Wrong("orderingKey", OrderingKeyRule);
        var key = _reader.GetString()!;
        if (key.Length is 0 or > TaskLimits.OrderingKeyLengthMax)
            return Wrong("orderingKey", OrderingKeyRule);
        _asked.OrderingKey = key;
        return null;
    }

    private InputFault WrongTag() =>
        Faults.Wrong("tags", TagsRule, $"a list with {JsonText.Describe(ref _reader)} in it");

    private InputFault? TakeBackoffType()
    {
        if (_reader.TokenType == JsonTokenType.String)
        {
            if (_reader.ValueTextEquals("fixed"u8))
                return null;
            _asked.IsExponential = _reader.ValueTextEquals("exponential"u8);
            if (_asked.IsExponential)
                return null;
        }

        return Wrong("backoff.type", "\"fixed\" or \"exponential\"");
    }

    private static InputFault UnknownInBackoff(ReadOnlySpan<byte> name) =>
        Faults.Wrong("backoff", BackoffRule, $"one with the member \"{JsonText.Shorten(name)}\"");

    private readonly InputFault? CheckBackoff()
    {
        if (!Has(Member.BackoffType))
            return Faults.Missing("backoff.type", "\"fixed\" or \"exponential\"");
        if (!Has(Member.BackoffDelay))
            return Faults.Missing("backoff.delay", $"an integer from 0 to {ThirtyDaysMilliseconds} (milliseconds)");
        return Has(Member.BackoffMax) && _asked.BackoffMax < _asked.BackoffDelay
            ? Faults.Wrong("backoff.max", $"at least 'backoff.delay', {_asked.BackoffDelay}", $"{_asked.BackoffMax}")
            : null;
    }

    private readonly TaskOptions? MakeOptions()
    {
        if (_mode != TaskMode.Webhook && (_found & Member.Options) == Member.None)
            return null;
        return new TaskOptions
        {
            Mode = _mode,
            TimeoutMilliseconds = Has(Member.Timeout) ? _asked.Timeout : null,
            Attempts = Has(Member.Attempts) ? _asked.Attempts : null,
            Backoff = Has(Member.Backoff)
                ? new TaskBackoff(
                    _asked.IsExponential, _asked.BackoffDelay, Has(Member.BackoffMax) ? _asked.BackoffMax : null)
                : null,
            TimeToLiveMilliseconds = Has(Member.TimeToLive) ? _asked.TimeToLive : null,
            RetentionMilliseconds = Has(Member.Retention) ? _asked.Retention : null,
            Tags = _asked.Tags is { Count: > 0 } tags ? tags.ToArray() : [],
            OrderingKey = _asked.OrderingKey,
            Webhook = _mode == TaskMode.Webhook
                ? new WebhookAddress(_asked.WebhookUrl!, _asked.WebhookHeaders?.ToArray() ?? [])
                : null,
        };
    }

    // The values as they are read; which of them count, the members that were found say.
    private struct Asked
    {
        public long Delay;
        public long RunAt;
        public long Timeout;
        public long TimeToLive;
        public long Retention;
        public long BackoffDelay;
        public long BackoffMax;
        public int Attempts;
        public bool IsExponential;
        public int WebhookHeaderBytes;
        public string? OrderingKey;
        public string? WebhookUrl;
        public string? WebhookHeaderName;
        public List<string>? Tags;
        public List<KeyValuePair<string, string>>? WebhookHeaders;
    }
}
