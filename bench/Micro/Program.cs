namespace ActorBalancer.Micro;

internal static class Program
{
    private static void Main()
    {
    }
}
