namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>Moments of the writer at which tests look in, hold it up, or make it fail by throwing.</summary>
internal enum JournalStage
{
    /// <summary>What the transaction will hold is chosen, and nothing is written.</summary>
    Gathered,

    /// <summary>The transaction is written but not committed. A failure here leaves nothing on disk.</summary>
    BeforeCommit,

    /// <summary>The commit has returned, and nobody was told. A failure here leaves the records on disk.</summary>
    AfterCommit,

    /// <summary>The transaction has succeeded, and its submitters were told.</summary>
    Done,

    /// <summary>A transaction has failed, its submitters were told, and the connection is closed.</summary>
    Failed,

    /// <summary>All that was due is done.</summary>
    Idle,
}
