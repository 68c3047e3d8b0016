namespace ActorBalancer.HelloWorker;

internal static class Program
{
    private static void Main()
    {
    }
}
