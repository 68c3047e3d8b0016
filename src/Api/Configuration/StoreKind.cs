namespace ActorBalancer.Api.Configuration;

/// <summary>Where tasks are kept.</summary>
internal enum StoreKind
{
    /// <summary>In memory with a journal in SQLite under DATA_DIR: survives a restart.</summary>
    Sqlite,

    /// <summary>In memory only: gone with the process.</summary>
    Memory,

    /// <summary>In Redis, shared by all nodes on it.</summary>
    Redis,
}
