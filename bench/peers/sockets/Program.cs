using System.Globalization;
using System.Net;

namespace ActorBalancer.SocketsPeer;

/// <summary><c>echo PORT</c> answers every WebSocket message with itself until it is killed; <c>load PORT CONNECTIONS
/// SECONDS [COOKIE]</c> plays ping-pong with it, directly or through a proxy, and prints one line that proxy.sh reads.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["echo", var port]:
                await EchoServer.RunAsync(new IPEndPoint(IPAddress.Loopback, Number(port)));
                return 0;
            case ["load", var port, var connections, var seconds, .. var rest]:
                var target = new IPEndPoint(IPAddress.Loopback, Number(port));
                var load = new EchoLoad(target, rest is [var cookie] ? cookie : null);
                var result = await load.RunAsync(Number(connections), TimeSpan.FromSeconds(Number(seconds)));
                Console.WriteLine(result);
                return 0;
            default:
                await Console.Error.WriteLineAsync("echo PORT | load PORT CONNECTIONS SECONDS [COOKIE]");
                return 2;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
