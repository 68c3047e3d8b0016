using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary>
/// Reads a task's JSON once, from end to end: picks the members that decide its way, and refuses whatever readers
/// further on could understand in two ways (a member twice, text that is no text, data after the end). The rest is
/// not looked at; the worker gets the bytes as they came.
/// </summary>
internal ref partial struct TaskJson
{
    // One more than is allowed: so the level too many is met as a token and gets its own message.
    private const int ReaderDepthMax = TaskLimits.JsonDepthMax + 1;

    private readonly ReadOnlySpan<byte> _document;
    private readonly MemberNames _names;
    private readonly NameCache _cache;
    private Utf8JsonReader _reader;
    private Section _section;
    private Member _member;
    private Member _found;
    private string? _group;
    private string? _function;
    private int _contract;
    private int _priority = 1;
    private TaskMode _mode;
    private Asked _asked;

    private TaskJson(ReadOnlySpan<byte> document, MemberNames names, NameCache cache)
    {
        _document = document;
        _names = names;
        _cache = cache;
        _reader = new Utf8JsonReader(document, new JsonReaderOptions { MaxDepth = ReaderDepthMax });
    }

    // The two lowest bits say how deep the section's members lie.
    private enum Section
    {
        Outside = 0,
        Root = 1,
        Webhook = 2,
        WebhookHeaders = 3,
        Backoff = 4 + 2,
        Tags = 8 + 2,
    }

    [Flags]
    private enum Member
    {
        None = 0,
        Group = 1,
        Function = 2,
        Contract = 4,
        Input = 8,
        Priority = 16,
        Mode = 32,
        Webhook = 64,
        WebhookUrl = 128,
        WebhookHeaders = 256,
        WebhookHeader = 512,
        Delay = 1 << 10,
        RunAt = 1 << 11,
        Timeout = 1 << 12,
        Attempts = 1 << 13,
        TimeToLive = 1 << 14,
        Retention = 1 << 15,
        Tags = 1 << 16,
        Tag = 1 << 17,
        Backoff = 1 << 18,
        BackoffType = 1 << 19,
        BackoffDelay = 1 << 20,
        BackoffMax = 1 << 21,
        BackoffOther = 1 << 22,
        OrderingKey = 1 << 23,

        // Those that make a task one with options of its own.
        Options = Timeout | Attempts | TimeToLive | Retention | Tags | Backoff | OrderingKey,
    }

    /// <summary>Reads and checks a task.</summary>
    /// <param name="document">The whole body.</param>
    /// <param name="cache">Where the names of groups and functions are kept.</param>
    /// <param name="head">The members that decide the task's way; meaningless on failure.</param>
    /// <param name="fault">The first fault in the order of the document, then what is missing; null on success.</param>
    /// <returns>True when the task may be run.</returns>
    public static bool TryRead(
        ReadOnlySpan<byte> document,
        NameCache cache,
        out TaskHead head,
        [NotNullWhen(false)] out InputFault? fault)
    {
        head = default;
        fault = CheckBytes(document);
        if (fault is not null)
            return false;
        var names = MemberNames.ForThisThread();
        var json = new TaskJson(document, names, cache);
        try
        {
            fault = json.ReadAll() ?? json.CheckPresence();
        }
        catch (JsonException exception)
        {
            fault = Faults.Syntax(exception);
        }
        finally
        {
            names.Trim();
        }

        if (fault is not null)
            return false;
        head = new TaskHead
        {
            Group = json._group!,
            Function = json._function!,
            Contract = json._contract,
            Priority = json._priority,
            Mode = json._mode,
            HasMode = json.Has(Member.Mode),
            Options = json.MakeOptions(),
            DelayMilliseconds = json._asked.Delay,
            RunAtMilliseconds = json._asked.RunAt,
        };
        return true;
    }

    private static InputFault? CheckBytes(ReadOnlySpan<byte> document)
    {
        if (document.IsEmpty)
            return Faults.Empty;
        if (document.StartsWith("\uFEFF"u8))
            return Faults.ByteOrderMark;
        return Utf8.IsValid(document) ? null : Faults.NotUtf8;
    }

    private InputFault? ReadAll()
    {
        while (_reader.Read())
        {
            var fault = _reader.TokenType switch
            {
                JsonTokenType.PropertyName => TakeName(),
                JsonTokenType.EndObject => Close(),
                JsonTokenType.EndArray => CloseArray(),
                _ => TakeValue(),
            };
            if (fault is not null)
                return fault;
        }

        return null;
    }

    private InputFault? TakeName()
    {
        var name = _reader.ValueSpan;
        var start = (int)_reader.TokenStartIndex + 1;
        if (_reader.ValueIsEscaped)
        {
            if (JsonText.HasLoneSurrogate(name))
                return Faults.LoneSurrogate(name, null);
            name = _names.Unescape(ref _reader, out start);
        }

        if (!_names.TryAdd(_document, start, name))
            return Faults.Duplicate(name);
        if (_reader.CurrentDepth != DepthOf(_section))
            return null;
        _member = Match(name);
        return _member switch
        {
            Member.WebhookHeader => TakeWebhookHeaderName(name),
            Member.BackoffOther => UnknownInBackoff(name),
            _ => null,
        };
    }

    private static int DepthOf(Section section) => (int)section & 3;

    private readonly Member Match(ReadOnlySpan<byte> name) => _section switch
    {
        Section.Root => MatchRoot(name),
        Section.Webhook when name.SequenceEqual("url"u8) => Member.WebhookUrl,
        Section.Webhook when name.SequenceEqual("headers"u8) => Member.WebhookHeaders,
        Section.WebhookHeaders => Member.WebhookHeader,
        Section.Backoff when name.SequenceEqual("type"u8) => Member.BackoffType,
        Section.Backoff when name.SequenceEqual("delay"u8) => Member.BackoffDelay,
        Section.Backoff when name.SequenceEqual("max"u8) => Member.BackoffMax,
        Section.Backoff => Member.BackoffOther,
        _ => Member.None,
    };

    private static Member MatchRoot(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when name.SequenceEqual("ttl"u8) => Member.TimeToLive,
        4 when name.SequenceEqual("mode"u8) => Member.Mode,
        4 when name.SequenceEqual("tags"u8) => Member.Tags,
        5 when name.SequenceEqual("group"u8) => Member.Group,
        5 when name.SequenceEqual("input"u8) => Member.Input,
        5 when name.SequenceEqual("delay"u8) => Member.Delay,
        5 when name.SequenceEqual("runAt"u8) => Member.RunAt,
        7 when name.SequenceEqual("webhook"u8) => Member.Webhook,
        7 when name.SequenceEqual("timeout"u8) => Member.Timeout,
        7 when name.SequenceEqual("backoff"u8) => Member.Backoff,
        8 when name.SequenceEqual("function"u8) => Member.Function,
        8 when name.SequenceEqual("contract"u8) => Member.Contract,
        8 when name.SequenceEqual("priority"u8) => Member.Priority,
        8 when name.SequenceEqual("attempts"u8) => Member.Attempts,
        9 when name.SequenceEqual("retention"u8) => Member.Retention,
        11 when name.SequenceEqual("orderingKey"u8) => Member.OrderingKey,
        _ => Member.None,
    };

    private static string? NameOf(Member member) => member switch
    {
        Member.Group => "group",
        Member.Function => "function",
        Member.Contract => "contract",
        Member.Input => "input",
        Member.Priority => "priority",
        Member.Mode => "mode",
        Member.Webhook => "webhook",
        Member.WebhookUrl => "webhook.url",
        Member.WebhookHeaders or Member.WebhookHeader => "webhook.headers",
        Member.RunAt => "runAt",
        Member.Tags or Member.Tag => "tags",
        Member.BackoffType => "backoff.type",
        Member.OrderingKey => "orderingKey",
        _ => null,
    };

    private InputFault? TakeValue()
    {
        var token = _reader.TokenType;
        if (_section == Section.Tags)
            _member = Member.Tag;
        if (token == JsonTokenType.String && _reader.ValueIsEscaped && JsonText.HasLoneSurrogate(_reader.ValueSpan))
            return Faults.LoneSurrogate(_reader.ValueSpan, NameOf(_member));
        if (_section == Section.Outside && token != JsonTokenType.StartObject)
            return Faults.NotAnObject(ref _reader);

        var fault = _member == Member.None ? null : TakeMember();
        if (fault is not null || token is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            _member = Member.None;
            return fault;
        }

        if (_reader.CurrentDepth >= TaskLimits.JsonDepthMax)
            return Faults.TooDeep;
        if (token == JsonTokenType.StartObject)
            Open();
        else if (_member == Member.Tags)
            _section = Section.Tags;
        _member = Member.None;
        return null;
    }

    private void Open()
    {
        _names.Open();
        if (_section == Section.Outside)
            _section = Section.Root;
        else if (_member == Member.Webhook)
            _section = Section.Webhook;
        else if (_member == Member.WebhookHeaders)
            _section = Section.WebhookHeaders;
        else if (_member == Member.Backoff)
            _section = Section.Backoff;
    }

    private InputFault? Close()
    {
        _names.Close();
        if (_section <= Section.Root || _reader.CurrentDepth + 1 != DepthOf(_section))
            return null;
        var closed = _section;
        _section = closed == Section.WebhookHeaders ? Section.Webhook : Section.Root;
        return closed == Section.Backoff ? CheckBackoff() : null;
    }

    // No tag is an array, so the first end of one is that of the list.
    private InputFault? CloseArray()
    {
        if (_section == Section.Tags)
            _section = Section.Root;
        return null;
    }
}
