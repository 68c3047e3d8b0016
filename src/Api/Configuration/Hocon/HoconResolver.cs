namespace ActorBalancer.Api.Configuration.Hocon;

/// <summary>
/// Turns syntax into values: substitutes, joins and merges. Used once, on one thread.
/// <list type="bullet">
/// <item>R1: a path is looked up lazily, key by key, so that an object may refer to its own parts.</item>
/// <item>R2: a definition that refers to its own field sees only what stood there before it.</item>
/// <item>R3: a definition that is reached again through others counts as not there; what stood before it is taken.
/// A value found that way depends on who asked, so it is not remembered beyond that question.</item>
/// </list>
/// </summary>
internal sealed partial class HoconResolver
{
    private readonly ObjectSyntax _root;
    private readonly Func<string, string?> _environment;

    // The definitions that are being resolved, with their place in the chain of questions.
    private readonly Dictionary<(FieldSyntax Field, int Index), int> _active = [];
    private readonly Dictionary<(FieldSyntax Field, int Index), HoconValue?> _resolved = [];

    // The outermost place in the chain that an answer since the last reset was taken from below of (R3).
    private int _outermostSkipped = int.MaxValue;
    private bool _metCycle;
    private int _depth;
    private int _steps;

    private HoconResolver(ObjectSyntax root, Func<string, string?> environment)
    {
        _root = root;
        _environment = environment;
    }

    /// <summary>Resolves a whole configuration.</summary>
    /// <param name="root">All files of it, merged.</param>
    /// <param name="environment">Gives a variable by name, or null; asked for paths that the root lacks.</param>
    /// <exception cref="HoconException">A value is missing, refers to itself, or passes a bound.</exception>
    public static HoconObject Resolve(ObjectSyntax root, Func<string, string?> environment)
    {
        var resolver = new HoconResolver(root, environment);
        return (HoconObject)resolver.Evaluate(root, new Definition(new FieldSyntax(), -1, null))!;
    }

    /// <summary>The keys from the root down to a field.</summary>
    private sealed record Place(Place? Parent, string Key)
    {
        public int Length { get; } = (Parent?.Length ?? 0) + 1;
    }

    /// <summary>One definition of one field; the place is null for the root itself.</summary>
    private readonly record struct Definition(FieldSyntax Field, int Index, Place? Place);

    private HoconValue? Evaluate(HoconSyntax syntax, in Definition owner)
    {
        if (++_steps > HoconLimits.ResolveStepsMax)
        {
            throw new HoconException(
                syntax.Origin, $"expected at most {HoconLimits.ResolveStepsMax} steps to resolve all");
        }

        GoDeeper(syntax.Origin);
        HoconValue? value = syntax switch
        {
            LiteralSyntax { IsNull: true } => new HoconNull(syntax.Origin),
            LiteralSyntax literal => new HoconText(literal.Origin, literal.Text),
            ListSyntax list => EvaluateList(list, owner),
            ObjectSyntax inner => EvaluateObject(inner, owner),
            SubstitutionSyntax substitution => Substitute(substitution, owner),
            ConcatenationSyntax joined => Join(joined, owner),
            _ => throw new InvalidOperationException($"no rule for {syntax.GetType()}"),
        };
        _depth--;
        if (value is { Weight: > HoconLimits.WeightMax } or { Depth: > HoconLimits.ResolvedNestingMax })
        {
            throw new HoconException(
                syntax.Origin,
                $"expected at most {HoconLimits.WeightMax} characters and {HoconLimits.ResolvedNestingMax} levels "
                + "after substitution, found more");
        }

        return value;
    }

    private void GoDeeper(HoconOrigin origin)
    {
        if (++_depth > HoconLimits.ResolveDepthMax)
            throw new HoconException(origin, "expected a shorter chain of values that refer to each other");
    }

    private HoconList EvaluateList(ListSyntax list, in Definition owner)
    {
        var items = new List<HoconValue>(list.Items.Count);
        foreach (HoconSyntax item in list.Items)
        {
            if (Evaluate(item, owner) is { } value) items.Add(value);
        }

        return new HoconList(list.Origin, items);
    }

    private HoconObject EvaluateObject(ObjectSyntax syntax, in Definition owner)
    {
        var fields = new OrderedDictionary<string, HoconValue>(syntax.Fields.Count);
        foreach ((string key, FieldSyntax field) in syntax.Fields)
        {
            var newest = new Definition(field, field.Definitions.Count - 1, new Place(owner.Place, key));
            if (ResolveField(newest) is { } value) fields[key] = value;
        }

        return new HoconObject(syntax.Origin, fields);
    }

    /// <summary>The value of a field as of one definition; null when it is undefined.</summary>
    private HoconValue? ResolveField(Definition definition)
    {
        // R3, as a loop: a recursion here would not be seen by the bound on the depth.
        while (_active.TryGetValue((definition.Field, definition.Index), out int position))
        {
            _outermostSkipped = Math.Min(_outermostSkipped, position);
            definition = definition with { Index = definition.Index - 1 };
            _metCycle |= definition.Index < 0;
        }

        if (definition.Index < 0) return null;
        (FieldSyntax, int) key = (definition.Field, definition.Index);
        if (_resolved.TryGetValue(key, out HoconValue? known)) return known;
        Definition below = definition with { Index = definition.Index - 1 };
        HoconSyntax syntax = definition.Field.Definitions[definition.Index];
        GoDeeper(syntax.Origin);
        int place = _active.Count;
        int skippedBefore = _outermostSkipped;
        _outermostSkipped = int.MaxValue;
        _active.Add(key, place);
        HoconValue? value = Evaluate(syntax, definition);
        if (value is null) value = ResolveField(below);
        else if (value is HoconObject newer && ResolveField(below) is HoconObject older)
            value = HoconObject.Merge(older, newer);
        _active.Remove(key);
        if (_outermostSkipped >= place) _resolved[key] = value;
        else skippedBefore = Math.Min(skippedBefore, _outermostSkipped);
        _outermostSkipped = skippedBefore;
        _depth--;
        return value;
    }
}
