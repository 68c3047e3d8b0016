namespace ActorBalancer.Trials.Rigs;

/// <summary>Commands that put the balancer under strace. It is told to run beside (-D), so that the process keeps the
/// id that the driver knows.</summary>
internal static class Strace
{
    /// <summary>Kills with -9 when some thread enters that call for the <paramref name="count"/>th time.</summary>
    /// <remarks>Without --seccomp-bpf: strace 6.1 does not send the signal under it.</remarks>
    public static IReadOnlyList<string> KillAt(string call, int count) =>
    [
        "strace", "-f", "-D", "-qq", "-o", "/dev/null", "-e", $"trace={call}",
        "-e", $"inject={call}:signal=KILL:when={count}",
    ];

    /// <summary>Writes down what goes to the disk and to the clients, with the bytes.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="fault">A fault to inject, as <c>fsync:error=EIO:when=9</c>; null for none.</param>
    public static IReadOnlyList<string> Record(string file, string? fault = null)
    {
        List<string> command =
        [
            "strace", "-f", "-D", "-qq", "--seccomp-bpf", "-y", "-s", "16384", "-o", file,
            "-e", "trace=write,pwrite64,fsync,fdatasync,sendto,sendmsg",
        ];
        if (fault is not null)
            command.AddRange(["-e", $"inject={fault}"]);
        return command;
    }
}
