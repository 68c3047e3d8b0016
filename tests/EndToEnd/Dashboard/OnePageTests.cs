using Xunit;

namespace ActorBalancer.EndToEnd.Dashboard;

/// <summary>Tests of one page, with a balancer of their own.</summary>
[Collection(BrowserCollection.Name)]
public abstract class OnePageTests(BrowserFixture browser, WorkScene work) : IClassFixture<WorkScene>
{
    /// <summary>The browser.</summary>
    protected BrowserFixture Browser { get; } = browser;

    /// <summary>The balancer and its workers.</summary>
    protected WorkScene Work { get; } = work;
}
