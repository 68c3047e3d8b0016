namespace ActorBalancer.Cli.Output;

/// <summary>What steers a terminal. Source: ECMA-48 and the private modes of xterm.</summary>
internal static class Codes
{
    /// <summary>To the upper left corner.</summary>
    public const string Home = "\u001b[H";

    /// <summary>Wipes the line from the cursor on.</summary>
    public const string WipeLine = "\u001b[K";

    /// <summary>Wipes the screen from the cursor on.</summary>
    public const string WipeRest = "\u001b[J";

    /// <summary>Takes a screen of its own, without a cursor.</summary>
    public const string TakeScreen = "\u001b[?1049h\u001b[?25l";

    /// <summary>Gives the screen back as it was.</summary>
    public const string GiveScreen = "\u001b[?25h\u001b[?1049l";
}
