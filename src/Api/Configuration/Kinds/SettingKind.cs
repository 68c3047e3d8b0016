namespace ActorBalancer.Api.Configuration.Kinds;

/// <summary>What values a setting may have and how they are written. Immutable.</summary>
/// <typeparam name="T">The type that the value has in <see cref="BalancerSettings"/>.</typeparam>
internal abstract class SettingKind<T>
{
    /// <summary>One or two words for the table of settings, such as <c>duration</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What is allowed, such as <c>1 to 100</c>.</summary>
    public abstract string Allowed { get; }

    /// <summary>How the form of the value is explained in an error, behind what is allowed; null for no more.</summary>
    public virtual string? Form => null;

    /// <summary>Reads a value.</summary>
    /// <param name="text">As written; blanks around it have no meaning, except in a secret.</param>
    /// <param name="value">The value read; meaningless when a problem is returned.</param>
    /// <returns>Null when the value is good; else its fault, such as <c>is not a whole number</c>.</returns>
    public abstract string? Read(string text, out T value);
}
