namespace ActorBalancer.Engine.Storage.Redis;

/// <summary>Members of a task's hash. Scripts use the same letters.</summary>
internal static class RedisField
{
    /// <summary>What never changes, see <see cref="RedisConstants"/>.</summary>
    public const string Constants = "d";

    /// <summary>The body.</summary>
    public const string Body = "b";

    /// <summary>State, the number of <see cref="Tasks.TaskState"/>.</summary>
    public const string State = "s";

    /// <summary>Attempts used.</summary>
    public const string Attempt = "a";

    /// <summary>Token of the newest lease; absent before the first.</summary>
    public const string Token = "k";

    /// <summary>Life of the node that runs it; absent while nobody does.</summary>
    public const string Runner = "n";

    /// <summary>Its place.</summary>
    public const string Place = "l";

    /// <summary>Due time in Unix ms; absent or 0 when it need not wait.</summary>
    public const string Due = "u";

    /// <summary>Attempts that have ended, JSON; absent for none.</summary>
    public const string History = "h";

    /// <summary>The running attempt, JSON; absent before it was noted.</summary>
    public const string Running = "w";

    /// <summary>Present when changes are told.</summary>
    public const string Watched = "f";

    /// <summary>The end without its result, see <see cref="RedisRecord.WriteEnd"/>; absent while it lives.</summary>
    public const string End = "e";

    /// <summary>The result; absent for none.</summary>
    public const string Result = "r";

    /// <summary>The delivery, see <see cref="RedisRecord.WriteDelivery"/>; absent for none.</summary>
    public const string Delivery = "v";

    /// <summary>Kept until, Unix ms; 0 while a delivery is pending.</summary>
    public const string KeptUntil = "x";

    /// <summary>Ordering key; absent for none.</summary>
    public const string OrderingKey = "o";

    /// <summary>Arrival number in the line of its ordering key; absent when it is not in it.</summary>
    public const string Arrival = "z";

    /// <summary>End of its time to live in Unix ms; absent for none.</summary>
    public const string ExpiresAt = "t";

    /// <summary>Bytes of the data of its events; absent for none.</summary>
    public const string EventBytes = "y";

    /// <summary>Milliseconds for which whoever took its delivery has it.</summary>
    public const string DeliverySpan = "g";
}
