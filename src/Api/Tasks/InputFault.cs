namespace ActorBalancer.Api.Tasks;

/// <summary>What is wrong with a request's body, in words for its sender.</summary>
/// <param name="Code">Stable name of the kind of fault, such as <c>member_invalid</c>.</param>
/// <param name="Member">Name of the member at fault, shortened; null when the body as a whole is.</param>
/// <param name="Message">One sentence: the member, what was found, what is allowed.</param>
internal sealed record InputFault(string Code, string? Member, string Message);
