using System.Reflection;

namespace ActorBalancer.Engine;

/// <summary>Version of the program.</summary>
public static class ProgramVersion
{
    /// <summary>As it was built, such as <c>1.2.3+COMMIT</c>; empty when the build says none.</summary>
    public static string Text { get; } = typeof(ProgramVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
