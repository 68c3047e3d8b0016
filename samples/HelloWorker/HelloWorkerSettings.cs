using System.Globalization;
using System.Net;

namespace ActorBalancer.HelloWorker;

/// <summary>Reads <see cref="HelloWorkerOptions"/> from the environment, under the names of the original.</summary>
public static class HelloWorkerSettings
{
    private const int MillisecondsMax = 86_400_000;

    /// <summary>Reads all settings; an empty one counts as absent.</summary>
    /// <param name="get">Gives a setting by name; null when it is not set.</param>
    /// <param name="options">The options; null when there are errors.</param>
    /// <returns>All faults that were found, each naming its setting; empty when there are none.</returns>
    public static IReadOnlyList<string> Read(Func<string, string?> get, out HelloWorkerOptions? options)
    {
        var reader = new Reader(get);
        var defaults = new HelloWorkerOptions { AuthKey = "", LbAuthKey = "" };
        var read = new HelloWorkerOptions
        {
            AuthKey = reader.Key("AUTH_KEY", "the key that tasks must carry"),
            LbAuthKey = reader.Key("LB_AUTH_KEY", "the key of the balancer"),
            Port = reader.Number("PORT", defaults.Port, 0, IPEndPoint.MaxPort),
            WebSocketPort = reader.Number("WEBSOCKET_PORT", defaults.WebSocketPort, 0, IPEndPoint.MaxPort),
            BindAddress = reader.Address("BIND_ADDRESS", defaults.BindAddress),
            Group = reader.Text("GROUP") ?? defaults.Group,
            Contract = reader.Number("CONTRACT", defaults.Contract, 1, int.MaxValue),
            Slots = reader.Number("SLOTS", defaults.Slots, 1, 10_000),
            FunctionTimeout = TimeSpan.FromMilliseconds(reader.Number("DEFAULT_TIMEOUT",
                (int)defaults.FunctionTimeout.TotalMilliseconds, 1, MillisecondsMax)),
            LogLevel = reader.Choice("LOG_LEVEL", defaults.LogLevel, LogLevels),
            LogLinesMax = reader.Number("MAX_LOGS", defaults.LogLinesMax, 1, 1_000_000),
            TaskLogPath = reader.Text("TASK_LOG"),
            EchoSubProtocol = reader.Choice("WS_ECHO_PROTOCOL", defaults.EchoSubProtocol, Switches),
        };
        if (read.Port != 0 && read.Port == read.WebSocketPort)
            reader.Errors.Add($"PORT and WEBSOCKET_PORT are both {read.Port}: they must differ");

        options = reader.Errors.Count == 0 ? read : null;
        return reader.Errors;
    }

    private static IReadOnlyDictionary<string, LogLevel> LogLevels { get; } =
        new Dictionary<string, LogLevel>(StringComparer.OrdinalIgnoreCase)
        {
            ["error"] = LogLevel.Error,
            ["warn"] = LogLevel.Warning,
            ["info"] = LogLevel.Information,
            ["debug"] = LogLevel.Debug,
        };

    private static IReadOnlyDictionary<string, bool> Switches { get; } =
        new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase)
        {
            ["true"] = true,
            ["false"] = false,
        };

    private sealed class Reader(Func<string, string?> get)
    {
        public List<string> Errors { get; } = [];

        public string? Text(string name) => get(name) is { Length: > 0 } text ? text : null;

        public string Key(string name, string what)
        {
            if (Text(name) is { } key)
                return key;
            Errors.Add($"{name} is missing: set it to {what}");
            return "";
        }

        public int Number(string name, int fallback, int least, int most)
        {
            if (Text(name) is not { } text)
                return fallback;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number >= least && number <= most)
                return number;
            Errors.Add($"{name} is '{text}': it must be a whole number from {least} to {most}");
            return fallback;
        }

        public IPAddress Address(string name, IPAddress fallback)
        {
            if (Text(name) is not { } text)
                return fallback;
            if (text == "localhost")
                return IPAddress.Loopback;
            if (IPAddress.TryParse(text, out var address))
                return address;
            Errors.Add($"{name} is '{text}': it must be an IP address, such as 127.0.0.1 or 0.0.0.0");
            return fallback;
        }

        public T Choice<T>(string name, T fallback, IReadOnlyDictionary<string, T> choices)
        {
            if (Text(name) is not { } text)
                return fallback;
            if (choices.TryGetValue(text, out var choice))
                return choice;
            Errors.Add($"{name} is '{text}': it must be one of {string.Join(", ", choices.Keys)}");
            return fallback;
        }
    }
}
