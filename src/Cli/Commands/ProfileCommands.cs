using System.CommandLine;
using ActorBalancer.Cli.Output;
using ActorBalancer.Cli.Profiles;

namespace ActorBalancer.Cli.Commands;

/// <summary><c>abm profile</c>: names for balancers, with their addresses and keys.</summary>
internal static class ProfileCommands
{
    /// <summary>Makes the commands.</summary>
    public static Command Make(CommandKit kit)
    {
        var name = new Argument<string>("name") { Description = "name of the profile" };
        name.Validators.Add(static result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (text.Length is < 1 or > 64
                || !text.All(static each => char.IsAsciiLetterOrDigit(each) || each is '-' or '_' or '.'))
            {
                result.AddError("a profile's name has 1 to 64 letters, digits, '-', '_' or '.'");
            }
        });
        return kit.Group(
            "profile", "named balancers: list, set, use, remove", List(kit), Set(kit, name), Use(kit, name),
            Remove(kit, name));
    }

    private static Command List(CommandKit kit) => kit.Does(
        "list",
        "profiles; keys are not shown",
        [],
        session =>
        {
            var file = new ProfileFile(session.Host.Environment);
            var set = file.Read();
            WarnOfOthers(session, file);
            var table = new Table("PROFILE", new("URL", Min: 12), "KEY", "CERTIFICATES");
            foreach (var (name, profile) in set.Profiles)
            {
                table.Add(
                    new Piece(name + (name == set.Current ? " *" : ""), name == set.Current ? Tone.Good : Tone.Plain),
                    profile.Url ?? "(default)",
                    profile.Key is null ? Figures.None : "set",
                    profile.Insecure ? "not checked" : profile.Ca ?? Figures.None);
            }

            session.Tell(
                JsonWriting.Make(json =>
                {
                    json.WriteString("file", file.Path);
                    json.WriteString("current", set.Current);
                    json.WriteStartArray("profiles");
                    foreach (var (name, profile) in set.Profiles)
                    {
                        json.WriteStartObject();
                        json.WriteString("name", name);
                        json.WriteString("url", profile.Url);
                        json.WriteBoolean("hasKey", profile.Key is not null);
                        json.WriteString("ca", profile.Ca);
                        json.WriteBoolean("insecure", profile.Insecure);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                }),
                table.Count > 0
                    ? table.Draw(session.Host.Terminal.Width)
                    : [Line.Of($"no profiles in {file.Path}", Tone.Dim)]);
            return Task.FromResult(ExitCodes.Done);
        },
        "abm profile list");

    private static Command Set(CommandKit kit, Argument<string> name) => kit.Does(
        "set",
        "make or change a profile from --url, --key, --ca and --insecure; the first one is in use at once",
        [name],
        session =>
        {
            var globals = session.Globals;
            var file = new ProfileFile(session.Host.Environment);
            var set = file.Read();
            var profile = set.Profiles.GetValueOrDefault(session.Get(name)!) ?? new Profile();
            if (session.Get(globals.Url) is { } url)
                profile = profile with { Url = ConnectionChoice.ParseUrl(url).AbsoluteUri.TrimEnd('/') };
            if (ConnectionChoice.GivenKey(session.Host, session.Get(globals.Key)) is { } key)
                profile = profile with { Key = key };
            if (session.Get(globals.Ca) is { } ca)
                profile = profile with { Ca = Path.GetFullPath(ca) };
            if (session.Parse.GetResult(globals.Insecure) is { Implicit: false })
                profile = profile with { Insecure = session.Get(globals.Insecure) };
            set.Profiles[session.Get(name)!] = profile;
            file.Write(set with { Current = set.Current ?? session.Get(name) });
            return Done(session, $"profile {session.Get(name)} is set: {profile.Url ?? "default address"}");
        },
        "abm profile set prod --url https://balancer.example:4000 --key - < key.txt",
        "abm profile set local --url http://127.0.0.1:4000 --key secret");

    private static Command Use(CommandKit kit, Argument<string> name) => kit.Does(
        "use",
        "use a profile when nothing else is said",
        [name],
        session =>
        {
            var file = new ProfileFile(session.Host.Environment);
            var set = file.Read();
            Find(session, file, set, session.Get(name)!);
            file.Write(set with { Current = session.Get(name) });
            return Done(session, $"profile {session.Get(name)} is in use");
        },
        "abm profile use prod");

    private static Command Remove(CommandKit kit, Argument<string> name) => kit.Does(
        "remove",
        "forget a profile",
        [name],
        session =>
        {
            var file = new ProfileFile(session.Host.Environment);
            var set = file.Read();
            Find(session, file, set, session.Get(name)!);
            set.Profiles.Remove(session.Get(name)!);
            file.Write(set.Current == session.Get(name) ? set with { Current = null } : set);
            return Done(session, $"profile {session.Get(name)} is gone");
        },
        "abm profile remove prod");

    private static void Find(Session session, ProfileFile file, ProfileSet set, string name)
    {
        WarnOfOthers(session, file);
        if (!set.Profiles.ContainsKey(name))
            throw CliException.Usage($"there is no profile '{name}' in {file.Path}");
    }

    private static void WarnOfOthers(Session session, ProfileFile file)
    {
        if (file.WarningOfOthers() is { } warning)
            session.Host.Terminal.Complain(warning);
    }

    private static Task<int> Done(Session session, string text)
    {
        session.Tell(JsonWriting.Make(json => json.WriteString("done", text)), Line.Of(text));
        return Task.FromResult(ExitCodes.Done);
    }
}
