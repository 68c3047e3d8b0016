using System.Net;
using System.Net.Sockets;

namespace ActorBalancer.Testing;

/// <summary>Spellings of URLs that try to reach what a balancer's network hides.</summary>
public static class SsrfSpellings
{
    private static readonly string[] Targets =
    [
        "127.0.0.1", "127.0.0.2", "127.255.255.254", "0.0.0.0", "169.254.169.254", "169.254.0.1", "10.0.0.1",
        "172.16.0.1", "172.31.255.254", "192.168.0.1", "100.64.0.1", "100.100.100.200", "192.0.0.192", "224.0.0.1",
        "255.255.255.255",
    ];

    /// <summary>All spellings, each with <paramref name="port"/> where it can bear one.</summary>
    public static IReadOnlyList<string> All(int port)
    {
        var urls = new List<string>();
        foreach (var target in Targets)
            urls.AddRange(Of(IPAddress.Parse(target).GetAddressBytes()).Select(host => $"http://{host}:{port}/hook"));
        urls.AddRange(Hosts.Select(host => $"http://{host}:{port}/hook"));
        urls.AddRange(Names.Select(host => $"http://{host}:{port}/hook"));
        urls.AddRange(Schemes.Select(scheme => $"{scheme}://127.0.0.1:{port}/hook"));
        urls.AddRange(Whole.Select(url => url.Replace("PORT", $"{port}", StringComparison.Ordinal)));
        return urls;
    }

    /// <summary>A resolver as helpful to an attacker as can be: it takes every number form, and his own names lead to
    /// loopback.</summary>
    public static Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(host);
        var plain = string.Concat(host.Select(static c => c is >= '\uff10' and <= '\uff19' ? (char)(c - 0xfee0) : c))
            .Replace('\u3002', '.').Replace('\uff0e', '.').TrimEnd('.');
        cancellationToken.ThrowIfCancellationRequested();
        if (IPAddress.TryParse(plain, out var address))
            return Task.FromResult<IPAddress[]>([address]);
        return Names.Contains(host, StringComparer.OrdinalIgnoreCase)
            ? Task.FromResult<IPAddress[]>([IPAddress.Loopback])
            : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));
    }

    private static IEnumerable<string> Of(byte[] b)
    {
        var number = ((uint)b[0] << 24) | ((uint)b[1] << 16) | ((uint)b[2] << 8) | b[3];
        var dotted = $"{b[0]}.{b[1]}.{b[2]}.{b[3]}";
        var hex = $"{b[0]:x2}{b[1]:x2}:{b[2]:x2}{b[3]:x2}";
        yield return dotted;
        yield return dotted + ".";
        yield return $"{number}";
        yield return $"0x{number:x8}";
        yield return $"0X{number:X}";
        yield return "0" + Convert.ToString(number, 8);
        yield return $"0x{b[0]:x}.0x{b[1]:x}.0x{b[2]:x}.0x{b[3]:x}";
        yield return string.Join('.', b.Select(static part => "0" + Convert.ToString(part, 8)));
        yield return string.Join('.', b.Select(static part => Convert.ToString(part, 8).PadLeft(5, '0')));
        yield return $"0x{b[0]:x}.{b[1]}.0{Convert.ToString(b[2], 8)}.{b[3]}";
        yield return $"{b[0]}.{number & 0xffffff}";
        yield return $"{b[0]}.{b[1]}.{number & 0xffff}";
        yield return string.Concat(dotted.Select(static c => c == '.' ? c : (char)(c + 0xfee0)));
        yield return dotted.Replace('.', '\u3002');
        yield return dotted.Replace('.', '\uff0e');
        yield return $"%{(int)dotted[0]:x2}{dotted[1..]}";
        yield return $"user@{dotted}";
        yield return $"user:pass@{dotted}";
        yield return $"1.1.1.1@{dotted}";
        yield return $"[::ffff:{dotted}]";
        yield return $"[::FFFF:{hex}]";
        yield return $"[0:0:0:0:0:ffff:{hex}]";
        yield return $"[::{hex}]";
        yield return $"[::ffff:0:{dotted}]";
        yield return $"[64:ff9b::{dotted}]";
        yield return $"[64:ff9b:1::{hex}]";
        yield return $"[2002:{hex}::1]";
        yield return $"[2001:0:101:101:0:0:{(ushort)~((b[0] << 8) | b[1]):x}:{(ushort)~((b[2] << 8) | b[3]):x}]";
    }

    private static readonly string[] Hosts =
    [
        "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[0::1]", "[::0:1]",
        "[::1%25lo]", "[::1%251]", "[fe80::1]", "[fe80::1%25eth0]", "[fe80::1%252]", "[febf::1]", "[fec0::1]",
        "[fc00::1]", "[fd00::1]", "[fd00:ec2::254]", "[fd20:ce::254]", "[ff02::1]", "[ff05::2]", "[100::1]",
        "[2001:db8::1]", "127.1", "127.0.1", "127.000.000.001", "0", "00", "0x0", "0.0", "0177.1", "0x7f.1",
        "127.0.0.1..", "4294967295", "user%40@127.0.0.1", "user:@127.0.0.1", "@127.0.0.1",
    ];

    /// <summary>Names that their owners have lead here.</summary>
    private static readonly string[] Names =
    [
        "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "rebind.attacker.example",
        "metadata.google.internal", "METADATA.google.INTERNAL", "metadata.google.internal.", "metadata",
        "x.metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal",
        "metadata.azure.internal", "metadata.tencentyun.com", "metadata.packet.net", "rancher-metadata",
        "127.0.0.1.attacker.example", "169.254.169.254.attacker.example", "xn--127-0-0-1.attacker.example",
    ];

    private static readonly string[] Schemes =
    [
        "file", "gopher", "ftp", "ftps", "sftp", "tftp", "ldap", "ldaps", "dict", "unix", "jar", "netdoc", "ws", "wss",
        "ssh", "telnet", "smtp", "data", "blob", "javascript", "http+unix", "httpx", "net.tcp", "net.pipe",
    ];

    private static readonly string[] Whole =
    [
        "file:///etc/passwd", "unix:/var/run/docker.sock", "http+unix://%2fvar%2frun%2fdocker.sock/info",
        "data:text/plain,x", "javascript:alert(1)", "//127.0.0.1:PORT/hook", "/hook", "127.0.0.1:PORT", "", " ",
        "http://", "http:///hook", "http://:PORT/", "http:127.0.0.1:PORT/hook", "http:/127.0.0.1:PORT/hook",
        "http:\\\\127.0.0.1:PORT\\hook", "http://a.example\\@127.0.0.1:PORT/hook", "http://127.0.0.1:PORT#@a.example/",
        "http://127.0.0.1:PORT?@a.example/", "http://127.0.0.1:PORT\\@a.example/", "http://127.0.0.1:PORT;@a.example/",
        "http://attacker.example@127.0.0.1:PORT/hook", "HTTP://127.0.0.1:PORT/hook", "hTTps://127.0.0.1:PORT/hook",
        "http://127.0.0.1:PORT/\r\nx: y", "http://127.0.0.1 :PORT/", "http://\t127.0.0.1:PORT/",
        " http://127.0.0.1:PORT/hook", "http://127.0.0.1:PORT/hook ", "http://127.0.0.1%00.attacker.example:PORT/",
        "http://127.0.0.1%2f.attacker.example:PORT/", "http://[::1]:PORT:80/", "http://[127.0.0.1]:PORT/",
        "http://[::ffff:127.0.0.1%25lo]:PORT/", "http://①②⑦.⓪.⓪.①:PORT/hook", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/hook",
        "http://loc\u00adalhost:PORT/hook", "http://127。0。0。1:PORT/", "http://１２７.１:PORT/", "feed:http://127.0.0.1:PORT/",
        "view-source:http://127.0.0.1:PORT/", "url:http://127.0.0.1:PORT/", "jar:http://127.0.0.1:PORT!/",
    ];
}
