namespace ActorBalancer.Engine.Telemetry;

/// <summary>Names of the histograms of tasks.</summary>
internal static class TaskMetricNames
{
    public const string Wait = "lb_task_wait_seconds";

    public const string Run = "lb_task_run_seconds";

    public const string Total = "lb_task_duration_seconds";
}
