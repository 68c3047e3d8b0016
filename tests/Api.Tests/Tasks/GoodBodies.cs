using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary>Bodies that look like trouble and are tasks all the same, each of group g, function f, contract 1.
/// </summary>
internal static class GoodBodies
{
    private const string Rest = "\"group\":\"g\",\"function\":\"f\",\"contract\":1";

    public static IReadOnlyDictionary<string, string> All { get; } = MakeAll();

    private static Dictionary<string, string> MakeAll()
    {
        var all = new Dictionary<string, string>
        {
            ["least"] = $"{{{Rest}}}",
            ["space"] = $" \t\r\n{{{Rest.Replace(",", " ,\n", StringComparison.Ordinal)}}} \n",
            ["escaped members"] = "{\"\\u0067roup\":\"\\u0067\",\"f\\u0075nction\":\"\\u0066\",\"contr\\u0061ct\":1}",
            ["all members"] = $"{{{Rest},\"priority\":2097152,\"mode\":\"sync\",\"input\":{{}},"
                + "\"webhook\":{\"url\":\"https://h/x?y=1\",\"headers\":{\"X-A\":\"b c\\u00e9\"},"
                + "\"more\":{\"url\":1}}}",
            ["all options"] = $"{{{Rest},\"delay\":0,\"timeout\":1,\"attempts\":100,\"ttl\":31536000000,"
                + "\"backoff\":{\"max\":5,\"delay\":5,\"type\":\"fixed\"},\"retention\":0,"
                + "\"tags\":[\"a b\",\"\\u0061\",\"😀\"],\"orderingKey\":\"{a}\\n\",\"OrderingKey\":7,\"x\":{\"delay\":null,\"tags\":1,\"backoff\":[[]]}}",
            ["run at"] = $"{{\"runAt\":\"2030-01-02t03:04:05.123456789-23:59\",{Rest},\"tags\":[]}}",
            ["option names further down"] =
                $"{{{Rest},\"input\":{{\"tags\":[[1]],\"backoff\":{{\"type\":1}},\"ttl\":0,\"runAt\":1,\"orderingKey\":{{}}}}}}",
            ["numbers"] = $"{{{Rest},\"input\":{{\"x\":[0,-0,1e999,-1E-999,1.0,0.1e1,{new string('9', 400)}]}}}}",
            ["escapes"] = $"{{{Rest},\"input\":{{\"\\\"\\\\\\/\\b\\f\\n\\r\\t\":\"\\u0000\\u001f\\u007f\\uffff\"}}}}",
            ["pairs"] = $"{{{Rest},\"input\":{{\"\\ud83d\\ude00\":\"\\uD834\\uDD1E\\udbff\\udfff\"}}}}",
            ["backslash before u"] = $"{{{Rest},\"input\":{{\"x\":\"\\\\ud800\"}}}}",
            ["UTF-8"] =
                $"{{{Rest},\"ключ\":\"значение\",\"鍵\":\"値\",\"😀\":\"\u007f\u0080\uFEFF\uFFFF\U0010FFFF\"}}",
            ["same names in other objects"] =
                $"{{{Rest},\"input\":{{{Rest},\"a\":{{\"a\":{{\"a\":1}}}},\"b\":[{{\"a\":1}},{{\"a\":1}}]}},\"a\":1}}",
            ["names alike"] =
                $"{{{Rest},\"x\":{{\"\":1,\"a\":1,\"A\":1,\"aa\":1,\" a\":1,\"a\\u0000\":1,\"é\":1,\"e\u0301\":1}}}}",
            ["ends alike"] = $"{{{Rest},\"x\":{{\"abcd-1-xyz\":1,\"abcd-2-xyz\":1,\"abcd-3-xyz\":1}}}}",
            ["empty things"] = $"{{{Rest},\"a\":{{}},\"b\":[],\"c\":\"\",\"d\":[[],{{}},[[]]]}}",
            ["64 levels of arrays"] = $"{{{Rest},\"x\":{new string('[', 63)}{new string(']', 63)}}}",
            ["64 levels of objects"] =
                $"{{{Rest},\"x\":{string.Concat(Enumerable.Repeat("{\"a\":", 63))}1{new string('}', 63)}}}",
            ["long string"] = $"{{{Rest},\"input\":{{\"x\":\"{new string('x', 200_000)}\"}}}}",
        };
        foreach (var count in new[] { 15, 16, 17, 18, 63, 64, 65, 66, 100_000 })
        {
            var names = string.Join(',', Enumerable.Range(0, count).Select(i => $"\"name{i}\":0"));
            all.Add(
                $"{count} names, twice over",
                $"{{{Rest},\"a\":{{{names}}},\"b\":[{{{names}}},{{{names}}}],\"input\":{{}}}}");
        }

        return all;
    }

    /// <summary>The longest name that is allowed.</summary>
    public static string LongestName { get; } = new('é', TaskLimits.NameLengthMax);
}
