using ActorBalancer.Api.Configuration.Hocon;
using Shouldly;

namespace ActorBalancer.Api.Tests.Configuration.Hocon;

/// <summary>Short ways from HOCON text to what a test compares.</summary>
internal static class HoconProbe
{
    public static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>
    {
        ["HOME"] = "/home/me",
        ["EMPTY"] = "",
        ["a.b"] = "dotted",
    };

    /// <summary>All values as <c>path=value</c>, parted by <c>; </c>; null shows as <c>~</c>.</summary>
    public static string Flatten(string text) =>
        Flatten(new HoconFiles(Path.GetTempPath()).Parse("test.conf", text));

    public static string Flatten(ObjectSyntax syntax)
    {
        HoconObject root = HoconResolver.Resolve(syntax, name => Environment.GetValueOrDefault(name));
        return string.Join("; ", Leaves("", root));
    }

    public static string ErrorOf(string text) =>
        Should.Throw<HoconException>(() => Flatten(text)).Message;

    private static IEnumerable<string> Leaves(string path, HoconValue value) => value switch
    {
        HoconObject inner when inner.Fields.Count > 0 =>
            inner.Fields.SelectMany(field => Leaves(path.Length == 0 ? field.Key : $"{path}/{field.Key}", field.Value)),
        HoconObject => path.Length == 0 ? [] : [$"{path}={{}}"],
        HoconList list when list.Items.Count > 0 =>
            list.Items.SelectMany((item, index) => Leaves($"{path}/{index}", item)),
        HoconList => [$"{path}=[]"],
        HoconText text => [$"{path}={text.Text}"],
        _ => [$"{path}=~"],
    };
}
