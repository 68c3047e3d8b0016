namespace ActorBalancer.Trials.Rigs;

/// <summary>What posts tasks and judges them needs of the processes under trial.</summary>
internal interface IRig
{
    /// <summary>Speaks to a balancer that is up.</summary>
    BalancerClient Client { get; }

    /// <summary>Takes the webhooks.</summary>
    Receiver Receiver { get; }

    /// <summary>What was posted.</summary>
    Ledger Ledger { get; }

    /// <summary>Moments at which something was killed.</summary>
    IReadOnlyList<DateTime> Kills { get; }

    /// <summary>Times in which something stood still or was cut off.</summary>
    IReadOnlyList<Trouble> Troubles { get; }

    /// <summary>What the workers wrote down.</summary>
    IReadOnlyList<WorkerRun> Runs { get; }

    /// <summary>Whom a connection of the load speaks to.</summary>
    /// <param name="connection">Its number from 0.</param>
    BalancerClient ClientOf(int connection);
}

/// <summary>A time in which something stood still or was cut off, with what follows from it.</summary>
internal sealed record Trouble(DateTime From, DateTime To);
