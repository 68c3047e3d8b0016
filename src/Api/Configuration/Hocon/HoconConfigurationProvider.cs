using System.Globalization;

namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>
/// Gives a resolved HOCON tree to Microsoft.Extensions.Configuration: <c>a { b = [x, y] }</c> becomes the keys
/// <c>a:b:0</c> and <c>a:b:1</c>, and <c>null</c> a key without value. Read once; it never reloads.
/// </summary>
internal sealed class HoconConfigurationProvider(HoconObject root) : ConfigurationProvider, IConfigurationSource
{
    /// <summary>Fills the keys; called by the configuration builder.</summary>
    public override void Load()
    {
        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        Flatten("", root, data);
        Data = data;
    }

    /// <summary>The provider is its own source, since the tree is already there.</summary>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    private static void Flatten(string path, HoconValue value, Dictionary<string, string?> data)
    {
        switch (value)
        {
            case HoconObject inner:
                foreach ((string key, HoconValue item) in inner.Fields) Flatten(Under(path, key), item, data);
                break;
            case HoconList list:
                for (var index = 0; index < list.Items.Count; index++)
                    Flatten(Under(path, index.ToString(CultureInfo.InvariantCulture)), list.Items[index], data);
                break;
            case HoconText text:
                data[path] = text.Text;
                break;
            default:
                data[path] = null;
                break;
        }
    }

    private static string Under(string path, string key) => path.Length == 0 ? key : $"{path}:{key}";
}
