using System.Text;

namespace ActorBalancer.Api.Dashboard;

/// <summary>The login page in each of its states. What a client sent is in none of them.</summary>
internal sealed class LoginPages
{
    private const string MessagePlace = "<!--message-->";

    private LoginPages(string page)
    {
        Empty = Make(page, "");
        WrongKey = Make(page, "That is not this balancer's key.");
        TooMany = Make(page, "Too many wrong keys came from your address. Wait a minute.");
    }

    /// <summary>Before the first try.</summary>
    public WebFile Empty { get; }

    /// <summary>After a wrong key.</summary>
    public WebFile WrongKey { get; }

    /// <summary>After too many.</summary>
    public WebFile TooMany { get; }

    /// <summary>Reads the page.</summary>
    public static LoginPages Read() => new(Encoding.UTF8.GetString(WebFiles.Read("login.html")));

    private static WebFile Make(string page, string message)
    {
        var markup = message.Length == 0 ? "" : $"<p class=\"message\" role=\"alert\">{message}</p>";
        var text = page.Replace(MessagePlace, markup, StringComparison.Ordinal);
        return new WebFile(Encoding.UTF8.GetBytes(text), WebFiles.TypeOf("login.html"));
    }
}
