using System.Text;

namespace ActorBalancer.Api.Configuration.Hocon;

/// <content>Substitution and joining.</content>
internal sealed partial class HoconResolver
{
    private HoconValue? Substitute(SubstitutionSyntax substitution, in Definition owner)
    {
        bool metCycleBefore = _metCycle;
        _metCycle = false;
        HoconValue? value = Find(substitution.Path, owner);
        if (value is null && substitution.PrefixLength > 0)
            value = Find(substitution.Path.AsSpan(substitution.PrefixLength), owner);
        bool isCycle = _metCycle;
        _metCycle = metCycleBefore;
        if (value is not null) return value;
        if (_environment(substitution.Written) is { } variable) return new HoconText(substitution.Origin, variable);
        if (substitution.IsOptional) return null;
        var found = isCycle ? "a cycle: it refers to itself" : "none in the configuration or the environment";
        throw new HoconException(
            substitution.Origin, $"expected a value for ${{{substitution.Written}}}, found {found}");
    }

    private HoconValue? Find(ReadOnlySpan<string> path, in Definition owner)
    {
        // R2: a field that refers to itself, or to a part of itself, means what stood there before.
        if (owner.Place is { } place && StartsWith(path, place))
            return FindInField(owner with { Index = owner.Index - 1 }, path[place.Length..]);
        return FindInObject(_root, null, path);
    }

    private HoconValue? FindInObject(ObjectSyntax syntax, Place? place, ReadOnlySpan<string> path)
    {
        if (!syntax.Fields.TryGetValue(path[0], out FieldSyntax? field)) return null;
        return FindInField(new Definition(field, field.Definitions.Count - 1, new Place(place, path[0])), path[1..]);
    }

    private HoconValue? FindInField(in Definition definition, ReadOnlySpan<string> rest)
    {
        if (definition.Index < 0) return null;
        if (rest.Length == 0) return ResolveField(definition);
        HoconSyntax syntax = definition.Field.Definitions[definition.Index];
        if (syntax is not ObjectSyntax inner) return (ResolveField(definition) as HoconObject)?.Find(rest);

        // R1: only the part that is asked for is resolved, though the object around it is under way.
        GoDeeper(syntax.Origin);
        Definition below = definition with { Index = definition.Index - 1 };
        HoconValue? found = FindInObject(inner, definition.Place, rest);
        if (found is null) found = FindInField(below, rest);
        else if (found is HoconObject newer && FindInField(below, rest) is HoconObject older)
            found = HoconObject.Merge(older, newer);
        _depth--;
        return found;
    }

    private static bool StartsWith(ReadOnlySpan<string> path, Place place)
    {
        if (path.Length < place.Length) return false;
        for (Place? part = place; part is not null; part = part.Parent)
        {
            if (path[part.Length - 1] != part.Key) return false;
        }

        return true;
    }

    private HoconValue? Join(ConcatenationSyntax joined, in Definition owner)
    {
        var parts = new List<(HoconValue Value, bool IsSpace)>(joined.Parts.Count);
        foreach (HoconSyntax part in joined.Parts)
        {
            // A bare null between other pieces is the word, not the value.
            HoconValue? value = part is LiteralSyntax literal
                ? new HoconText(literal.Origin, literal.Text)
                : Evaluate(part, owner);
            if (value is not null) parts.Add((value, part is LiteralSyntax { IsSpace: true }));
        }

        List<HoconValue> values = [.. parts.Where(static part => !part.IsSpace).Select(static part => part.Value)];
        if (values.Count == 0) return null;
        if (values.Count == 1 && values[0] is not HoconText) return values[0];
        if (values.All(static value => value is HoconList))
            return new HoconList(joined.Origin, [.. values.SelectMany(static value => ((HoconList)value).Items)]);
        if (values.All(static value => value is HoconObject))
            return values.Cast<HoconObject>().Aggregate(HoconObject.Merge);
        if (values.Find(static value => value is HoconList or HoconObject) is { } structure)
        {
            HoconValue other = values.First(value => value.Kind != structure.Kind);
            throw new HoconException(
                other.Origin,
                $"expected pieces of one kind on a line, found {other.Kind} beside {structure.Kind} "
                + "(a comma or a new line parts values)");
        }

        var text = new StringBuilder();
        foreach ((HoconValue value, _) in parts) text.Append(value is HoconText piece ? piece.Text : "null");
        return new HoconText(values[0].Origin, text.ToString());
    }
}
