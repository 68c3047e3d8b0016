using System.Text;
using ActorBalancer.Api.Proxying.Listening;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Proxying.Listening;

public sealed class ProxyHeaderTests
{
    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n", "192.0.2.1:56324", "198.51.100.2:443")]
    [InlineData("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n", "[2001:db8::1]:0", "[::1]:65535")]
    [InlineData("PROXY UNKNOWN\r\n", null, null)]
    [InlineData("PROXY UNKNOWN ffff::ffff ffff::ffff 65535 65535\r\n", null, null)]
    public void TryRead_Line_GivesTheAddresses(string line, string? source, string? destination)
    {
        var bytes = Encoding.Latin1.GetBytes(line);

        ProxyHeader.TryRead([.. bytes, .. "GET /"u8], out var header).ShouldBe(true);

        header.Source?.ToString().ShouldBe(source);
        header.Destination?.ToString().ShouldBe(destination);
        header.Length.ShouldBe(bytes.Length);
        NeedsAll(bytes);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData("PROXY TCP5 192.0.2.1 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n")]
    [InlineData("PROXY TCP4  192.0.2.1 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 1 65536\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 -1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY TCP4 0300.0.2.1 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY TCP4 ::1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 198.51.100.2 1 2\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1%1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP4 localhost 198.51.100.2 1 2\r\n")]
    public void TryRead_WrongLine_IsRefused(string line) =>
        ProxyHeader.TryRead(Encoding.Latin1.GetBytes(line), out _).ShouldBe(false);

    [Fact]
    public void TryRead_EndlessLine_IsRefusedAtTheBound()
    {
        var line = Encoding.Latin1.GetBytes("PROXY UNKNOWN " + new string('x', 200));

        ProxyHeader.TryRead(line.AsSpan(0, 106), out _).ShouldBeNull();
        ProxyHeader.TryRead(line.AsSpan(0, 107), out _).ShouldBe(false);
    }

    [Theory]
    [InlineData(0x21, 0x11, "C0000201 C6336402 DC04 01BB", "192.0.2.1:56324", "198.51.100.2:443")]
    [InlineData(0x21, 0x11, "C0000201 C6336402 DC04 01BB 040003616263", "192.0.2.1:56324", "198.51.100.2:443")]
    [InlineData(0x21, 0x21, "20010DB8000000000000000000000001 00000000000000000000000000000001 0000 FFFF",
        "[2001:db8::1]:0", "[::1]:65535")]
    [InlineData(0x21, 0x00, "", null, null)]
    [InlineData(0x21, 0x00, "0102030405", null, null)]
    [InlineData(0x20, 0x00, "", null, null)]
    [InlineData(0x20, 0x11, "C0000201 C6336402 DC04 01BB", null, null)]
    [InlineData(0x21, 0x31, "2F746D70", null, null)]
    public void TryRead_Binary_GivesTheAddresses(
        int command, int kind, string body, string? source, string? destination)
    {
        var bytes = Binary(command, kind, body);

        ProxyHeader.TryRead([.. bytes, .. "GET /"u8], out var header).ShouldBe(true);

        header.Source?.ToString().ShouldBe(source);
        header.Destination?.ToString().ShouldBe(destination);
        header.Length.ShouldBe(bytes.Length);
        NeedsAll(bytes);
    }

    [Theory]
    [InlineData(0x11, 0x11, "C0000201 C6336402 DC04 01BB")]
    [InlineData(0x31, 0x11, "C0000201 C6336402 DC04 01BB")]
    [InlineData(0x22, 0x11, "C0000201 C6336402 DC04 01BB")]
    [InlineData(0x21, 0x12, "C0000201 C6336402 DC04 01BB")]
    [InlineData(0x21, 0x41, "C0000201 C6336402 DC04 01BB")]
    [InlineData(0x21, 0x11, "C0000201 C6336402 DC04 01")]
    [InlineData(0x21, 0x21, "C0000201 C6336402 DC04 01BB")]
    public void TryRead_WrongBinary_IsRefused(int command, int kind, string body) =>
        ProxyHeader.TryRead(Binary(command, kind, body), out _).ShouldBe(false);

    [Fact]
    public void TryRead_LongBinary_IsRefusedBeforeItsBodyCame()
    {
        var most = Binary(0x20, 0, new string('0', 2 * 536));

        ProxyHeader.TryRead(most, out var header).ShouldBe(true);
        header.Length.ShouldBe(ProxyHeader.BytesMax);
        ProxyHeader.TryRead(Binary(0x20, 0, new string('0', 2 * 537)).AsSpan(0, 16), out _).ShouldBe(false);
    }

    private static void NeedsAll(byte[] bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
            ProxyHeader.TryRead(bytes.AsSpan(0, i), out _).ShouldBeNull($"after {i} bytes");
    }

    private static byte[] Binary(int command, int kind, string body)
    {
        var content = Convert.FromHexString(body.Replace(" ", ""));
        return
        [
            .. "\r\n\r\n\0\r\nQUIT\n"u8, (byte)command, (byte)kind,
            (byte)(content.Length >> 8), (byte)content.Length, .. content,
        ];
    }
}
