using ActorBalancer.Api.Hosting;
using ActorBalancer.Engine.Tasks;

namespace ActorBalancer.Api.Tasks;

/// <summary>Reads the task that a path names, and says what it is when it is not there.</summary>
internal static class TaskIds
{
    /// <summary>No such task.</summary>
    public static EdgeError Unknown { get; } = new(404, "task_unknown", "There is no task with this id.");

    /// <summary>No such task any more.</summary>
    public static EdgeError Gone { get; } = new(
        410, "task_gone", "There was a task with this id; the time for which it was kept is over.");

    /// <summary>Reads <c>{id}</c>.</summary>
    /// <returns>Null when it is an id.</returns>
    public static EdgeError? Take(HttpContext context, out TaskId id)
    {
        var text = context.Request.RouteValues["id"] as string;
        if (TaskId.TryParse(text, out id))
            return null;
        return new EdgeError(400, "path_invalid",
            $"The task's id must be 32 hexadecimal digits, but is \"{QueryErrors.Show(text)}\".")
        {
            Member = "id",
        };
    }

    /// <summary>The error for a task that was asked for and is not there.</summary>
    public static EdgeError Missing(TaskAnswerKind kind) => kind == TaskAnswerKind.Gone ? Gone : Unknown;
}
