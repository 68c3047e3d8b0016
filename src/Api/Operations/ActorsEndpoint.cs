using System.Globalization;
using System.Text.Json;
using ActorBalancer.Actors;
using ActorBalancer.Api.Hosting;
using ActorBalancer.Api.Proxying.Control;
using ActorBalancer.Api.Tasks;

namespace ActorBalancer.Api.Operations;

/// <summary><c>GET /actors</c>: the live tree of actors. The actors themselves are not asked; their figures are read
/// while they work. Thread-safe.</summary>
/// <param name="inspect">Walks the tree.</param>
internal sealed class ActorsEndpoint(Func<ActorTreeNode> inspect)
{
    /// <summary>Deepest tree that is written. Source: ours; a level is one of JSON's objects and one of its lists, of
    /// which readers allow 64.</summary>
    private const int DepthMax = 30;

    /// <summary>Bytes after which the answer is handed on, so that a large tree never lies in memory whole.</summary>
    private const int PartBytes = 16 * 1024;

    /// <summary>Longest path that is looked for.</summary>
    private const int PathLengthMax = 4096;

    private static readonly string[] Names = ["root", "depth"];

    // Made once: there may be tens of thousands of actors.
    private static readonly JsonEncodedText[] States = [.. Enum.GetNames<ActorState>()
        .Select(static name => JsonEncodedText.Encode(JsonNamingPolicy.CamelCase.ConvertName(name)))];

    private static readonly EdgeError Unknown = new(404, "actor_unknown", "There is no actor of this path.")
    {
        Member = "root",
    };

    /// <summary>Answers one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (Take(context.Request.Query, out var root, out var depth) is { } error)
        {
            await EdgeErrors.WriteAsync(context, error);
            return;
        }

        if (Find(inspect(), root) is not { } top)
        {
            await EdgeErrors.WriteAsync(context, Unknown);
            return;
        }

        var response = context.Response;
        response.ContentType = EdgeErrors.JsonContentType;
        response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        await using var json = new Utf8JsonWriter(response.BodyWriter, EdgeErrors.JsonText);
        json.WriteStartObject();
        json.WriteNumber("count"u8, Count(top));
        json.WritePropertyName("actors"u8);
        await WriteAsync(json, top, depth, context);
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }

    private static EdgeError? Take(IQueryCollection query, out string root, out int depth)
    {
        root = "";
        depth = DepthMax;
        foreach (var (name, values) in query)
        {
            if (name == "depth")
            {
                if (values.Count != 1
                    || !int.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out depth)
                    || depth is < 1 or > DepthMax)
                {
                    return QueryErrors.Wrong(name, $"a whole number from 1 to {DepthMax}", values);
                }
            }
            else if (name == "root")
            {
                root = values.Count == 1 ? values[0] ?? "" : "";
                if (!root.StartsWith('/') || root.Length > PathLengthMax)
                    return QueryErrors.Wrong(name, "the path of an actor, such as /queues", values);
            }
            else
            {
                return QueryErrors.Unknown(name, Names);
            }
        }

        return null;
    }

    // All paths begin with the name of the root, which may be left out.
    private static ActorTreeNode? Find(ActorTreeNode root, string path)
    {
        path = path.TrimEnd('/');
        if (path.Length == 0 || path == root.Path)
            return root;
        if (!path.StartsWith(root.Path + "/", StringComparison.Ordinal))
            path = root.Path + path;
        var at = root;
        while (at is not null && at.Path != path)
        {
            at = at.Children.FirstOrDefault(child => path.StartsWith(child.Path, StringComparison.Ordinal)
                && (path.Length == child.Path.Length || path[child.Path.Length] == '/'));
        }

        return at;
    }

    private static int Count(ActorTreeNode node)
    {
        var count = 1;
        foreach (var child in node.Children)
            count += Count(child);
        return count;
    }

    private static async ValueTask WriteAsync(Utf8JsonWriter json, ActorTreeNode node, int depth, HttpContext context)
    {
        json.WriteStartObject();
        json.WriteString("path"u8, node.Path);
        json.WriteString("type"u8, node.TypeName);
        json.WriteString("state"u8, States[(int)node.State]);
        json.WriteNumber("mailboxLength"u8, node.MailboxLength);
        json.WriteNumber("processed"u8, node.Processed);
        json.WriteNumber("restarts"u8, node.Restarts);
        Write(json, node.LastFailure);
        json.WriteNumber("childCount"u8, node.Children.Count);
        json.WriteStartArray("children"u8);
        if (depth > 1)
        {
            foreach (var child in node.Children)
                await WriteAsync(json, child, depth - 1, context);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        if (json.BytesPending >= PartBytes || context.Response.BodyWriter.UnflushedBytes >= PartBytes)
        {
            json.Flush();
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
    }

    private static void Write(Utf8JsonWriter json, ActorFailure? failure)
    {
        if (failure is null)
        {
            json.WriteNull("lastFailure"u8);
            return;
        }

        json.WriteStartObject("lastFailure"u8);
        StatusJson.WriteMoment(json, "at"u8, failure.At);
        json.WriteString("type"u8, failure.ExceptionType);
        json.WriteString("message"u8, failure.Message);
        json.WriteEndObject();
    }
}
