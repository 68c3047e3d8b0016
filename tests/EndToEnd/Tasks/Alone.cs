using Xunit;

namespace ActorBalancer.EndToEnd.Tasks;

/// <summary>Tests that measure time or memory of a whole process: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
