using System.Text;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary>A body that must be refused.</summary>
/// <param name="Body">The bytes as they are sent.</param>
/// <param name="Code">The code of the error.</param>
/// <param name="Member">The member that the error must name; null when it is about the body as a whole.</param>
internal sealed record BadBody(byte[] Body, string Code, string? Member);

/// <summary>Our own table of bodies that are no task. The name of a case says what is wrong with it.</summary>
internal static class BadBodies
{
    private const string Rest = "\"group\":\"g\",\"function\":\"f\",\"contract\":1";

    public static IReadOnlyDictionary<string, BadBody> All { get; } = MakeAll();

    private static Dictionary<string, BadBody> MakeAll()
    {
        var all = new Dictionary<string, BadBody>();
        AddSyntax(all);
        AddUtf8(all);
        AddSurrogates(all);
        AddDuplicates(all);
        AddKinds(all);
        AddRoutingMembers(all);
        AddWebhooks(all);
        AddDepth(all);
        BadOptions.AddTo(all);
        return all;
    }

    private static void Add(
        Dictionary<string, BadBody> all, string name, string body, string code, string? member = null) =>
        all.Add(name, new BadBody(Encoding.UTF8.GetBytes(body), code, member));

    private static void AddSyntax(Dictionary<string, BadBody> all)
    {
        Add(all, "nothing", "", "body_empty");
        string[] wholes =
        [
            " ", "\n", "{", "}", "]", "{]", "{}}", "{},", ",{}", ":", "\"", "'", "{'a':1}", "{a:1}",
            "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "{:1}", "{,}", "{1:1}", "{null:1}", "{\"a\"::1}", "{\"a\":1:2}",
            "undefined", "nul", "tru", "fals", "True", "NULL", "NaN", "Infinity", "-Infinity", "0x1", "\\", "\0",
            "#{}", "%7B%7D", "group=g&function=f", "<task/>", "----boundary", "{\"a\":1", "{\"a\":\"", "{\"a\":\"\\",
        ];
        foreach (var whole in wholes)
            Add(all, $"whole: {whole}", whole, "json_invalid");

        string[] values =
        [
            "", ",", "01", "+1", "-", "1.", ".5", "1e", "1e+", "1E-", "--1", "1.2.3", "1e1e1", "0x10", "1_000",
            "1,000.",
            "NaN", "Infinity", "-Infinity", "nan", "-NaN", "1 2", "undefined", "nil", "TRUE", "tRue", "'x'", "`x`",
            "\"x", "x\"", "\"\t\"", "\"\n\"", "\"\0\"", "\"\u001f\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12G4\"",
            "\"\\'\"",
            "\"\\a\"", "\"\\0\"", "\"\\U0041\"", "\"\\", "[1,]", "[,1]", "[1 2]", "[1", "[1}", "1]", "{\"b\":1,}",
            "{\"b\"}", "{\"b\":1 \"c\":2}", "{,\"b\":1}", "{\"b\":1]", "1/**/", "/*x*/1", "1//x", "{/*x*/}", "\u00a01",
            "\u30001", "\u2028", "\uFEFF1", "\v1", "\f1", "\x85",
        ];
        foreach (var value in values)
            Add(all, $"value: {value}", $"{{{Rest},\"input\":{{\"x\":{value}}}}}", "json_invalid");

        string[] tails = ["x", "}", ",", "{}", "null", "1", "\"\"", "[]", "//", "/* */", "\0", "\uFEFF", "\n;"];
        foreach (var tail in tails)
            Add(all, $"tail: {tail}", $"{{{Rest}}}{tail}", "json_invalid");
        Add(all, "comma at the end", $"{{{Rest},}}", "json_invalid");
        Add(all, "two commas", $"{{{Rest},,\"a\":1}}", "json_invalid");
        Add(all, "comment before", $"/*c*/{{{Rest}}}", "json_invalid");
        Add(all, "cut in a name", $"{{{Rest},\"inp", "json_invalid");
        Add(all, "byte order mark", $"\uFEFF{{{Rest}}}", "json_invalid");
    }

    private static void AddUtf8(Dictionary<string, BadBody> all)
    {
        // Latin-1 stands for the bytes themselves.
        string[] sequences =
        [
            "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe2\x82", "\xe2(\xa1", "\xe0\x80\x80",
            "\xe0\x9f\xbf",
            "\xed\xa0\x80", "\xed\xbf\xbf", "\xed\xa0\xbd\xed\xb8\x80", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
            "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff", "\xe9",
        ];
        foreach (var sequence in sequences)
        {
            var hex = Convert.ToHexString(Encoding.Latin1.GetBytes(sequence));
            AddBytes($"bytes {hex} in a value", $"{{{Rest},\"input\":{{\"x\":\"a{sequence}b\"}}}}");
            AddBytes($"bytes {hex} in a name", $"{{{Rest},\"a{sequence}b\":1}}");
        }

        AddBytes("bytes FF in group", "{\"group\":\"\xff\",\"function\":\"f\",\"contract\":1}");
        AddBytes("bytes FF before", $"\xff{{{Rest}}}");
        AddBytes("bytes FF behind", $"{{{Rest}}}\xff");
        all.Add("UTF-16 LE", new BadBody(Encoding.Unicode.GetBytes($"{{{Rest}}}"), "json_invalid", null));
        all.Add("UTF-16 BE", new BadBody(Encoding.BigEndianUnicode.GetBytes($"{{{Rest}}}"), "json_invalid", null));

        void AddBytes(string name, string latin1) =>
            all.Add(name, new BadBody(Encoding.Latin1.GetBytes(latin1), "utf8_invalid", null));
    }

    private static void AddSurrogates(Dictionary<string, BadBody> all)
    {
        string[] strings =
        [
            "\\ud800", "\\udbff", "\\udc00", "\\udfff", "\\uD834", "\\uDD1E", "\\uD834x", "x\\uDD1E", "\\ud800\\u0041",
            "\\ud800\\ud800\\udc00", "\\udc00\\ud800", "\\ud834\\\\udd1e", "\\ud834\\n", "\\ud834\\",
            "ok\\ud83d\\ude00\\ude00",
        ];
        foreach (var text in strings)
        {
            var whole = text.EndsWith('\\') ? text + "\\" : text;
            Add(all, $"lone in a value: {text}", $"{{{Rest},\"input\":{{\"x\":\"{whole}\"}}}}", "surrogate_lone");
            Add(all, $"lone in a name: {text}", $"{{{Rest},\"input\":{{\"{whole}\":1}}}}", "surrogate_lone");
        }

        Add(all, "lone in group",
            "{\"group\":\"\\ud800\",\"function\":\"f\",\"contract\":1}", "surrogate_lone", "group");
        Add(all, "lone in function",
            "{\"group\":\"g\",\"function\":\"\\udc00\",\"contract\":1}", "surrogate_lone", "function");
        Add(all, "lone in mode", $"{{{Rest},\"mode\":\"\\udc00\"}}", "surrogate_lone", "mode");
        Add(all, "lone in an array", $"{{{Rest},\"input\":{{\"x\":[[\"\\udc00\"]]}}}}", "surrogate_lone");
    }

    private static void AddDuplicates(Dictionary<string, BadBody> all)
    {
        string[] members = ["group", "function", "contract", "input", "priority", "mode", "webhook", "anything", ""];
        foreach (var member in members)
        {
            var value = member switch
            {
                "contract" or "priority" => "1",
                "input" or "webhook" => "{\"url\":\"http://h/\"}",
                "mode" => "\"sync\"",
                _ => "\"v\"",
            };
            var pair = $"\"{member}\":{value}";
            Add(all, $"twice: {member}", $"{{{Rest},{pair},{pair}}}", "member_duplicate", member);
        }

        Nested("in input", "\"input\":{\"a\":1,\"b\":2,\"a\":3}", "a");
        Nested("in an array", "\"x\":[{\"a\":1},{\"b\":1,\"b\":1}]", "b");
        Nested("after an object between", "\"x\":{\"a\":{\"b\":1},\"c\":[],\"a\":1}", "a");
        Nested("escaped first", "\"x\":{\"\\u0061\":1,\"a\":1}", "a");
        Nested("escaped second", "\"x\":{\"a\":1,\"\\u0061\":1}", "a");
        Nested("both escaped", "\"x\":{\"\\/long name\":1,\"\\u002flong name\":1}", "/long name");
        Nested("escaped routing member", "\"gr\\u006fup\":\"h\"", "group");
        Nested("seven bytes", "\"x\":{\"abcdefg\":1,\"abcdefg\":1}", "abcdefg");
        Nested("eight bytes", "\"x\":{\"abcdefgh\":1,\"abcdefgh\":1}", "abcdefgh");
        Nested("many bytes", "\"x\":{\"abcdefghijkl\":1,\"abcdefghijkl\":1}", "abcdefghijkl");
        Nested("beyond ASCII", "\"x\":{\"é\":1,\"\\u00e9\":1}", "é");
        Nested("emoji", "\"x\":{\"😀\":1,\"\\ud83d\\ude00\":1}", "😀");
        Nested("prototype", "\"x\":{\"__proto__\":1,\"__proto__\":1}", "__proto__");
        Nested("in webhook", "\"webhook\":{\"url\":\"http://h/\",\"url\":\"http://h/\"}", "url");
        Nested("in webhook headers", "\"webhook\":{\"url\":\"http://h/\",\"headers\":{\"A\":\"1\",\"A\":\"1\"}}", "A");
        foreach (var count in new[] { 15, 16, 17, 18, 64, 65, 1000, 100_000 })
        {
            var names = string.Join(',', Enumerable.Range(0, count).Select(i => $"\"name{i}\":0"));
            Nested($"first of {count}", $"\"input\":{{{names},\"name0\":0}}", "name0");
            Nested($"last of {count}", $"\"input\":{{{names},\"name{count - 1}\":0}}", $"name{count - 1}");
            Nested($"escaped of {count}", $"\"input\":{{{names},\"n\\u0061me{count / 2}\":0}}", $"name{count / 2}");
        }

        void Nested(string name, string members, string member) =>
            Add(all, $"twice, {name}", $"{{{Rest},{members}}}", "member_duplicate", member);
    }

    private static void AddKinds(Dictionary<string, BadBody> all)
    {
        string[] roots = ["[", "[}", "[]", "[{}]", "\"x\"", "1", "-1.5e3", "null", "true", "false", $"[{{{Rest}}}]"];
        foreach (var root in roots)
            Add(all, $"root: {root}", root, "body_not_object");
        Add(all, "no members", "{}", "member_missing", "group");
        Add(all, "no group", "{\"function\":\"f\",\"contract\":1}", "member_missing", "group");
        Add(all, "no function", "{\"group\":\"g\",\"contract\":1}", "member_missing", "function");
        Add(all, "no contract", "{\"group\":\"g\",\"function\":\"f\"}", "member_missing", "contract");
        Add(all, "members one level down", $"{{\"input\":{{{Rest}}}}}", "member_missing", "group");
        Add(all, "capitals", "{\"Group\":\"g\",\"Function\":\"f\",\"Contract\":1}", "member_missing", "group");
        Add(all, "space in the name",
            "{\"group \":\"g\",\"function\":\"f\",\"contract\":1}", "member_missing", "group");
    }

    private static void AddRoutingMembers(Dictionary<string, BadBody> all)
    {
        var tooLong = $"\"{new string('x', 257)}\"";
        string[] notNames =
        [
            "\"\"", "1", "null", "true", "[]", "{}", "[\"g\"]", tooLong, $"\"{new string('é', 257)}\"",
            $"\"{string.Concat(Enumerable.Repeat("\\u0041", 257))}\"", $"\"{new string('x', 5000)}\"",
        ];
        foreach (var value in notNames)
        {
            Wrong("group", value, $"{{\"group\":{value},\"function\":\"f\",\"contract\":1}}");
            Wrong("function", value, $"{{\"group\":\"g\",\"function\":{value},\"contract\":1}}");
        }

        string[] notContracts =
        [
            "1.0", "1e0", "1E0", "1e2", "1e999", "-1e999", "1.5", "-1", "-2147483648", "2147483648", "4294967297",
            "99999999999999999999999999", "0.0", "\"1\"", "\"\"", "null", "true", "[]", "[1]", "{}",
        ];
        foreach (var value in notContracts)
            Wrong("contract", value, $"{{\"group\":\"g\",\"function\":\"f\",\"contract\":{value}}}");

        string[] notPriorities =
            ["0", "-1", "2097153", "2147483648", "1.0", "1e0", "1e999", "\"1\"", "null", "true", "[]", "{}"];
        foreach (var value in notPriorities)
            Wrong("priority", value, $"{{{Rest},\"priority\":{value}}}");

        string[] notModes = ["\"\"", "\"Sync\"", "\"SYNC\"", "\"sync \"", "\"batch\"", "null", "0", "true", "[]", "{}"];
        foreach (var value in notModes)
            Wrong("mode", value, $"{{{Rest},\"mode\":{value}}}");

        foreach (var value in new[] { "null", "1", "\"x\"", "true", "[]", "[{}]" })
            Wrong("input", value, $"{{{Rest},\"input\":{value}}}");

        void Wrong(string member, string value, string body)
        {
            var shown = value.Length > 40 ? $"{value[..8]} x {value.Length}" : value;
            Add(all, $"{member}: {shown}", body, "member_invalid", member);
        }
    }

    private static void AddWebhooks(Dictionary<string, BadBody> all)
    {
        foreach (var value in new[] { "null", "1", "\"http://h/\"", "true", "[]" })
            Add(all, $"webhook: {value}", $"{{{Rest},\"webhook\":{value}}}", "member_invalid", "webhook");
        Add(all, "webhook missing", $"{{{Rest},\"mode\":\"webhook\"}}", "member_missing", "webhook");
        Add(all, "webhook empty", $"{{{Rest},\"webhook\":{{}}}}", "member_missing", "webhook.url");
        Add(all, "webhook url deeper",
            $"{{{Rest},\"webhook\":{{\"x\":{{\"url\":\"http://h/\"}}}}}}", "member_missing", "webhook.url");
        string[] notUrls =
        [
            "null", "1", "[]", "{}", "\"\"", "\"/path\"", "\"h\"", "\"//h/\"", "\"ftp://h/\"", "\"file:///etc/passwd\"",
            "\"javascript:x\"", "\"http://\"", "\"http:///x\"", "\"http://u:p@h/\"", "\"http://u@h/\"", "\"unix:/x\"",
            "\"http://h:99999/\"", $"\"http://h/{new string('x', 2048)}\"",
        ];
        foreach (var value in notUrls)
        {
            var name = value.Length > 40 ? "too long" : value;
            Add(all, $"webhook.url: {name}",
                $"{{{Rest},\"webhook\":{{\"url\":{value}}}}}", "member_invalid", "webhook.url");
        }

        string[] notHeaders =
        [
            "null", "1", "\"x\"", "[]", "{\"A\":1}", "{\"A\":null}", "{\"A\":[]}", "{\"A\":{}}", "{\"A\":true}",
            "{\"\":\"x\"}",
            "{\"A b\":\"x\"}", "{\"A:\":\"x\"}", "{\"é\":\"x\"}", "{\"A\\r\\nB\":\"x\"}", "{\"A\":\"x\\r\\nB: y\"}",
            "{\"A\":\"x\\u0000\"}", "{\"A\":\"\\u007f\"}", "{\"A\":\"x\",\"B\":1}",
        ];
        foreach (var value in notHeaders)
        {
            Add(all, $"webhook.headers: {value}",
                $"{{{Rest},\"webhook\":{{\"url\":\"http://h/\",\"headers\":{value}}}}}",
                "member_invalid",
                "webhook.headers");
        }
    }

    private static void AddDepth(Dictionary<string, BadBody> all)
    {
        foreach (var depth in new[] { 65, 66, 1000, 100_000 })
        {
            Add(all, $"{depth} levels of arrays", Nest('[', ']', depth - 1), "json_too_deep");
            Add(all, $"{depth} levels of arrays, open", Nest('[', null, depth - 1), "json_too_deep");
        }

        var objects = string.Concat(Enumerable.Repeat("{\"a\":", 64)) + "1" + new string('}', 64);
        Add(all, "65 levels of objects", $"{{{Rest},\"x\":{objects}}}", "json_too_deep");

        static string Nest(char open, char? close, int levels) =>
            $"{{{Rest},\"x\":{new string(open, levels)}{(close is { } end ? new string(end, levels) : "")}}}";
    }
}
