using System.Text.Json;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

// What each routing member may be.
internal ref partial struct TaskJson
{
    // No UTF-8 of more bytes can be a name of the allowed length.
    private const int NameBytesMax = 3 * TaskLimits.NameLengthMax;
    private static readonly string NameRule = $"a string of 1 to {TaskLimits.NameLengthMax} characters";

    private InputFault? TakeMember()
    {
        _found |= _member;
        return _member switch
        {
            Member.Group => TakeRoutingName("group", ref _group),
            Member.Function => TakeRoutingName("function", ref _function),
            Member.Contract => TakeInteger("contract", 0, int.MaxValue, ref _contract),
            Member.Priority => TakeInteger("priority", 1, TaskLimits.PriorityMax, ref _priority),
            Member.Mode => TakeMode(),
            Member.Input => RequireObject("input"),
            Member.Webhook => RequireObject("webhook"),
            Member.WebhookHeaders => RequireObject("webhook.headers"),
            Member.WebhookUrl => TakeWebhookUrl(),
            Member.WebhookHeader => TakeWebhookHeader(),
            _ => TakeOption(),
        };
    }

    private InputFault? TakeRoutingName(string member, ref string? value)
    {
        if (_reader.TokenType != JsonTokenType.String)
            return Wrong(member, NameRule);
        var raw = _reader.ValueSpan;
        if (!_reader.ValueIsEscaped && raw.Length <= TaskLimits.NameLengthMax && raw.Length > 0)
        {
            // As many characters as bytes at most, so the length is right.
            value = _cache.Get(raw);
            return null;
        }

        // Six bytes stand for one character when it is escaped.
        if (raw.Length > (_reader.ValueIsEscaped ? 6 * TaskLimits.NameLengthMax : NameBytesMax))
            return Wrong(member, NameRule);
        value = _reader.GetString()!;
        return value.Length is > 0 and <= TaskLimits.NameLengthMax ? null : Wrong(member, NameRule);
    }

    private InputFault? TakeInteger(string member, int min, int max, ref int value)
    {
        return _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt32(out value)
            && value >= min && value <= max
                ? null
                : Wrong(member, $"an integer from {min} to {max}, written without fraction or exponent");
    }

    private InputFault? TakeMode()
    {
        if (_reader.TokenType == JsonTokenType.String)
        {
            if (_reader.ValueTextEquals("sync"u8))
                return null;
            if (_reader.ValueTextEquals("stream"u8))
                return Set(TaskMode.Stream);
            if (_reader.ValueTextEquals("webhook"u8))
                return Set(TaskMode.Webhook);
            if (_reader.ValueTextEquals("async"u8))
                return Set(TaskMode.Async);
        }

        return Wrong("mode", "\"sync\", \"stream\", \"webhook\" or \"async\"");
    }

    private InputFault? Set(TaskMode mode)
    {
        _mode = mode;
        return null;
    }

    private InputFault? RequireObject(string member) =>
        _reader.TokenType == JsonTokenType.StartObject ? null : Wrong(member, "an object, or left out");

    private readonly InputFault? CheckPresence()
    {
        if (!Has(Member.Group))
            return Faults.Missing("group", NameRule);
        if (!Has(Member.Function))
            return Faults.Missing("function", NameRule);
        if (!Has(Member.Contract))
            return Faults.Missing("contract", "an integer");
        if (_mode == TaskMode.Webhook && !Has(Member.Webhook))
            return Faults.Missing("webhook", "an object with the member 'url', when 'mode' is \"webhook\"");
        if (Has(Member.Webhook) && !Has(Member.WebhookUrl))
            return Faults.Missing("webhook.url", "an absolute http or https URL");
        return null;
    }

    private readonly bool Has(Member member) => (_found & member) == member;

    private InputFault Wrong(string member, string rule) => Faults.Wrong(member, rule, JsonText.Describe(ref _reader));
}
