using System.Security.Cryptography;

namespace ActorBalancer.Engine.Storage.Journal;

/// <summary>What a start-up finds among the facts, and raises, before the first task is taken.</summary>
/// <param name="Epoch">Number of this opening, 1 for the first.</param>
/// <param name="SequenceReserved">No sequence above it was ever given out.</param>
/// <param name="Salt">Salt of the worker keys' cipher.</param>
internal sealed record RecoveredFacts(long Epoch, long SequenceReserved, byte[] Salt)
{
    /// <summary>Reads the facts and commits the new epoch.</summary>
    public static RecoveredFacts Raise(SqliteDatabase database, JournalConnection connection)
    {
        var salt = Convert.FromHexString(Query(database, "hex(value)", JournalSchema.FactSalt) ?? "");
        var sequence = long.Parse(Query(database, "value", JournalSchema.FactSequence) ?? "0");
        var epoch = long.Parse(Query(database, "value", JournalSchema.FactEpoch) ?? "0") + 1;
        connection.Begin();
        if (salt.Length == 0)
        {
            salt = RandomNumberGenerator.GetBytes(WorkerKeyCipher.SaltBytes);
            connection.SaveFact(JournalSchema.FactSalt, salt);
        }

        connection.SaveFact(JournalSchema.FactEpoch, epoch);
        connection.Commit();
        return new RecoveredFacts(epoch, sequence, salt);
    }

    private static string? Query(SqliteDatabase database, string column, string name) =>
        database.QueryText($"SELECT {column} FROM facts WHERE name = '{name}'");
}
