namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>Texts that do harm where a page, a log or a terminal takes them for more than text. Whatever they would put
/// into a page has the class <c>hostile</c>, and what they would run opens a dialog.</summary>
internal static class HostileTexts
{
    private const string Alert = "alert(1)";

    private static readonly string[] Tags =
    [
        "<script class=hostile>alert(1)</script>",
        "</script><script class=hostile>alert(1)</script>",
        "<script class=hostile src=//127.0.0.1:1/x.js></script>",
        "<script class=hostile type=module>alert(1)</script>",
        "<ScRiPt class=hostile>alert(1)</sCrIpT>",
        "<scr<script class=hostile>ipt>alert(1)</script>",
        "<script\tclass=hostile>alert(1)</script\t>",
        "<script/class=hostile>alert(1)</script>",
        "<<script class=hostile>alert(1)//<</script>",
        "<script class=hostile>alert`1`</script>",
        "<noscript><p title=\"</noscript><img class=hostile src=x onerror=alert(1)>\">",
        "<template><script class=hostile>alert(1)</script></template>",
        "<iframe class=hostile src=javascript:alert(1)></iframe>",
        "<iframe class=hostile srcdoc='<script>alert(1)</script>'></iframe>",
        "<object class=hostile data=javascript:alert(1)></object>",
        "<embed class=hostile src=javascript:alert(1)>",
        "<base class=hostile href=//127.0.0.1:1/>",
        "<meta class=hostile http-equiv=refresh content='0;url=javascript:alert(1)'>",
        "<link class=hostile rel=stylesheet href=//127.0.0.1:1/x.css>",
        "<link class=hostile rel=import href='data:text/html,<script>alert(1)</script>'>",
        "<style class=hostile>*{display:none}</style>",
        "<style class=hostile>@import '//127.0.0.1:1/x.css';</style>",
        "<form class=hostile action=javascript:alert(1)><button>Go</button></form>",
        "<form class=hostile action=/dashboard/logout method=post><input type=submit>",
        "<button class=hostile formaction=javascript:alert(1)>Go</button>",
        "<a class=hostile href=javascript:alert(1)>go</a>",
        "<a class=hostile href='data:text/html,<script>alert(1)</script>'>go</a>",
        "<a class=hostile href='java&#115;cript:alert(1)'>go</a>",
        "<a class=hostile href=' \u0001javascript:alert(1)'>go</a>",
        "<area class=hostile href=javascript:alert(1)>",
        "<svg class=hostile onload=alert(1)>",
        "<svg class=hostile><script>alert(1)</script></svg>",
        "<svg class=hostile><animate onbegin=alert(1) attributeName=x dur=1s>",
        "<svg class=hostile><set onbegin=alert(1) attributeName=x>",
        "<svg class=hostile><a xlink:href=javascript:alert(1)><text y=20>go</text></a>",
        "<svg class=hostile><foreignObject><img src=x onerror=alert(1)></foreignObject></svg>",
        "<svg class=hostile><use href='data:image/svg+xml,<svg onload=alert(1)>#x'/></svg>",
        "<math class=hostile><mtext><img src=x onerror=alert(1)></mtext></math>",
        "<math class=hostile href=javascript:alert(1)>go</math>",
        "<math><mi//class=hostile xlink:href=javascript:alert(1)>",
        "<table class=hostile background=javascript:alert(1)>",
        "<textarea class=hostile></textarea><img class=hostile src=x onerror=alert(1)>",
        "<title class=hostile></title><img class=hostile src=x onerror=alert(1)>",
        "<plaintext class=hostile>",
        "<!--<img class=hostile src=x onerror=alert(1)>-->",
        "--><img class=hostile src=x onerror=alert(1)><!--",
        "<![CDATA[<img class=hostile src=x onerror=alert(1)>]]>",
        "<?xml version=1?><img class=hostile src=x onerror=alert(1)>",
        "<x class=hostile style=animation-name:y onanimationstart=alert(1)>",
        "<frameset class=hostile onload=alert(1)>",
    ];

    private static readonly string[] Elements = ["img src=x", "video src=x", "audio src=x", "body", "input autofocus",
        "details open", "select autofocus", "marquee", "textarea autofocus", "div tabindex=1 autofocus"];

    private static readonly string[] Events = ["onerror", "onload", "onfocus", "ontoggle", "onmouseover", "onpointerenter",
        "onclick"];

    private static readonly string[] Breakouts =
    [
        "\"><img class=hostile src=x onerror=alert(1)>",
        "'><img class=hostile src=x onerror=alert(1)>",
        "\" autofocus onfocus=alert(1) class=\"hostile",
        "' autofocus onfocus=alert(1) class='hostile",
        "` autofocus onfocus=alert(1) class=`hostile",
        "\"-alert(1)-\"", "'-alert(1)-'", "`-alert(1)-`", "\\\"-alert(1)//", "\\'-alert(1)//",
        "';alert(1)//", "\";alert(1)//", "*/alert(1)/*", "]]>alert(1)", "});alert(1);({",
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "\u0001javascript:alert(1)",
        "javascript://%0aalert(1)", "data:text/html,<script class=hostile>alert(1)</script>", "vbscript:msgbox(1)",
        "//127.0.0.1:1/evil", "https://evil.example/", "#/settings", "../../dashboard/logout", "/dashboard/logout",
        "url(javascript:alert(1))", "expression(alert(1))", "red;background:url(//127.0.0.1:1/x)",
    ];

    private static readonly string[] Templates =
    [
        "{{7*7}}", "{{constructor.constructor('alert(1)')()}}", "${alert(1)}", "#{alert(1)}", "<%= alert(1) %>", "[[alert(1)]]",
        "{{$on.constructor('alert(1)')()}}", "@(alert(1))", "%{alert(1)}", "*{alert(1)}", "{%raw%}{{1}}{%endraw%}",
        "$$$&$`$'$1$<x>", "%s %d %n %x {0} {1:000} {{}}", "{Message} {@Object} {", "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    ];

    private static readonly string[] Entities =
    [
        "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;img src=x onerror=alert(1)&#62;", "&#x3c;svg onload=alert(1)&#x3e;",
        "&amp;lt;b&amp;gt;", "&nbsp;&quot;&apos;&", "%3Cscript%3Ealert(1)%3C/script%3E", "%253Cscript%253E", "&NewLine;&Tab;",
        "\u00bcscript\u00bealert(1)\u00bc/script\u00be", "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
        "+ADw-script+AD4-alert(1)+ADw-/script+AD4-", "\u02bascript\u02ba", "\u2039img onerror\u203a",
    ];

    private static readonly string[] Names =
    [
        "__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "then", "length", "null",
        "undefined", "NaN", "true", "0", "-1", "1e999", "[object Object]", "function", "Infinity", ".", "..",
        "; DROP TABLE tasks;--", "' OR '1'='1", "`id`", "$(id)", "|id", "=1+1", "+1+1", "@SUM(A1)", "C:\\con", "/etc/passwd",
    ];

    private static readonly string[] Characters =
    [
        "\u202eevil\u202c", "\u2066left\u2069", "\u200fmark", "\u200b\u200c\u200d", "\ufeffbom", "a\u0300\u0301\u0302\u0303",
        "\u2028line\u2029paragraph", "\u0085next", "emoji \U0001F469\u200D\U0001F4BB", "\uffff\ufffe", "\U000F0000private",
        "\u001b[31mred\u001b[0m", "\u001b]0;title\u0007", "\u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007",
        "\u001b[2J\u001b[H", "\u009b31m", "\u0000null\u0000", "\a\b\v\f", "\rover", "a\nb\r\nc", "\t\ttabs", "\u007f",
        "level=error msg=\"forged\"", "\r\n[error] forged line", "\r\nSet-Cookie: lb-session=x", "data: x\n\nevent: evil\n",
    ];

    private static readonly string[] Long =
    [
        new('W', 128), new('\u0300', 128), string.Concat(Enumerable.Repeat("<b>", 42)), new(' ', 100),
        string.Concat(Enumerable.Repeat("\u202e", 64)), string.Concat(Enumerable.Repeat("&amp;", 25)),
    ];

    /// <summary>All of them, none twice, 1 to 128 characters each.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Tags, .. Handlers(), .. Breakouts, .. Templates, .. Entities, .. Names, .. Characters, .. Long,
    ];

    /// <summary>Those that look the same wherever they are text: letters and signs alone.</summary>
    public static IReadOnlyList<string> Plain { get; } =
        [.. All.Where(static text => text.Length < 60 && text.Trim() == text
            && text.All(static one => one is >= ' ' and <= '~')
            && !text.Contains("  ", StringComparison.Ordinal))];

    private static IEnumerable<string> Handlers() =>
        from element in Elements
        from handler in Events
        select $"<{element} class=hostile {handler}={Alert}>";
}
