using System.Text;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary>Bodies whose options must be refused. The name of a case says what is wrong with it.</summary>
internal static class BadOptions
{
    private const string Rest = "\"group\":\"g\",\"function\":\"f\",\"contract\":1";

    private static readonly string[] NotNumbers =
        ["null", "\"1\"", "true", "[]", "{}", "1.0", "1e3", "-1", "99999999999999999999"];

    /// <summary>Adds all of them.</summary>
    public static void AddTo(Dictionary<string, BadBody> all)
    {
        foreach (var member in new[] { "delay", "timeout", "attempts", "ttl", "retention" })
        {
            foreach (var value in NotNumbers)
                Wrong(all, member, value);
        }

        Wrong(all, "delay", "31536000001");
        Wrong(all, "timeout", "0", "2592000001");
        Wrong(all, "attempts", "0", "101");
        Wrong(all, "ttl", "0", "31536000001");
        Wrong(all, "retention", "31536000001");
        AddRunAt(all);
        AddBackoff(all);
        AddTags(all);
        AddOrderingKey(all);
        AddHeaders(all);
    }

    private static void AddRunAt(Dictionary<string, BadBody> all)
    {
        Wrong(
            all, "runAt",
            "null", "1", "{}", "\"\"", "\"soon\"", "\"2030-01-02\"", "\"2030-01-02T03:04:05\"",
            "\"2030-01-02 03:04:05Z\"", "\"2030-1-2T03:04:05Z\"", "\"2030-13-02T03:04:05Z\"",
            "\"2030-02-29T03:04:05Z\"", "\"2030-01-02T24:00:00Z\"", "\"2030-01-02T03:60:05Z\"",
            "\"2030-01-02T03:04:60Z\"", "\"2030-01-02T03:04:05.Z\"", "\"2030-01-02T03:04:05+1:00\"",
            "\"2030-01-02T03:04:05+0100\"", "\"2030-01-02T03:04:05+24:00\"", "\"2030-01-02T03:04:05+01:60\"",
            "\"2030-01-02T03:04:05Zx\"", "\"0000-01-02T03:04:05Z\"", "\" 2030-01-02T03:04:05Z\"",
            "\"+030-01-02T03:04:05Z\"", $"\"2030-01-02T03:04:05.{new string('0', 60)}Z\"");
        Add(all, "delay and runAt", "\"delay\":0,\"runAt\":\"2030-01-02T03:04:05Z\"", "member_invalid", "runAt");
        Add(all, "runAt and delay", "\"runAt\":\"2030-01-02T03:04:05Z\",\"delay\":5", "member_invalid", "delay");
    }

    private static void AddBackoff(Dictionary<string, BadBody> all)
    {
        Wrong(all, "backoff", "null", "1", "[]", "\"fixed\"", "{\"type\":\"fixed\",\"delay\":1,\"jitter\":1}");
        Add(all, "backoff empty", "\"backoff\":{}", "member_missing", "backoff.type");
        Add(all, "backoff no delay", "\"backoff\":{\"type\":\"fixed\"}", "member_missing", "backoff.delay");
        foreach (var value in new[] { "null", "1", "\"\"", "\"Fixed\"", "\"linear\"", "{}" })
            Inside("backoff.type", value, $"{{\"type\":{value},\"delay\":1}}");
        foreach (var value in NotNumbers.Append("2592000001"))
        {
            Inside("backoff.delay", value, $"{{\"type\":\"fixed\",\"delay\":{value}}}");
            Inside("backoff.max", value, $"{{\"type\":\"fixed\",\"delay\":0,\"max\":{value}}}");
        }

        Inside("backoff.max", "below delay", "{\"type\":\"exponential\",\"max\":99,\"delay\":100}");
        Add(all, "backoff twice delay",
            "\"backoff\":{\"type\":\"fixed\",\"delay\":1,\"delay\":1}", "member_duplicate", "delay");

        void Inside(string member, string value, string backoff) =>
            Add(all, $"{member}: {value}", $"\"backoff\":{backoff}", "member_invalid", member);
    }

    private static void AddTags(Dictionary<string, BadBody> all)
    {
        var many = string.Join(',', Enumerable.Range(0, 33).Select(i => $"\"{i}\""));
        Wrong(
            all, "tags",
            "null", "1", "\"x\"", "{}", "[1]", "[null]", "[[]]", "[{}]", "[\"a\",[\"b\"]]", "[\"\"]",
            "[\"a\\u0007\"]", "[\"a\\u0085\"]", "[\"a\\n\"]", $"[\"{new string('x', 129)}\"]",
            $"[\"{new string('x', 5000)}\"]", $"[{many}]");
        Add(all, "tags with half a pair", "\"tags\":[\"\\ud800\"]", "surrogate_lone", "tags");
    }

    private static void AddOrderingKey(Dictionary<string, BadBody> all)
    {
        Wrong(
            all, "orderingKey",
            "null", "1", "true", "[]", "{}", "[\"k\"]", "\"\"", $"\"{new string('x', 257)}\"",
            $"\"{string.Concat(Enumerable.Repeat("\\u0041", 257))}\"", $"\"{new string('x', 5000)}\"");
        Add(all, "orderingKey with half a pair", "\"orderingKey\":\"\\ud800\"", "surrogate_lone", "orderingKey");
        Add(
            all, "orderingKey twice", "\"orderingKey\":\"a\",\"orderingKey\":\"a\"", "member_duplicate",
            "orderingKey");
    }

    private static void AddHeaders(Dictionary<string, BadBody> all)
    {
        string[] taken =
        [
            "Host", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
            "Content-Length", "content-type", "CONTENT-ENCODING", "Webhook-Id", "webhook-timestamp",
            "webhook-signature", "User-Agent", "x-task-id", "X-Task-State", "Expect", "Proxy-Authorization",
        ];
        foreach (var name in taken)
            Headers(name, $"\"{name}\":\"x\"");
        Headers("beyond Latin-1", "\"A\":\"\u20ac\"");
        Headers("33 of them", string.Join(',', Enumerable.Range(0, 33).Select(i => $"\"A{i}\":\"x\"")));
        Headers("8 KB and one", $"\"A\":\"{new string('x', 8192)}\"");
        Headers("far too long", $"\"A\":\"{new string('x', 60_000)}\"");

        void Headers(string name, string members) => Add(
            all,
            $"webhook.headers: {name}",
            $"\"webhook\":{{\"url\":\"http://h/\",\"headers\":{{{members}}}}}",
            "member_invalid",
            "webhook.headers");
    }

    private static void Wrong(Dictionary<string, BadBody> all, string member, params string[] values)
    {
        foreach (var value in values)
        {
            var shown = value.Length > 60 ? $"{value[..8]} x {value.Length}" : value;
            Add(all, $"{member}: {shown}", $"\"{member}\":{value}", "member_invalid", member);
        }
    }

    private static void Add(
        Dictionary<string, BadBody> all, string name, string members, string code, string member) =>
        all.Add(name, new BadBody(Encoding.UTF8.GetBytes($"{{{Rest},{members}}}"), code, member));
}
