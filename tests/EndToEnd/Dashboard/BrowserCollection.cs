using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>The tests that look through a browser; they share one, and run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<BrowserFixture>
{
    public const string Name = "browser";
}
