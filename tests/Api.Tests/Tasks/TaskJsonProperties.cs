using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using ActorBalancer.Api.Tasks;
using ActorBalancer.Engine.Tasks;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace ActorBalancer.Api.Tests.Tasks;

/// <summary>Random JSON, sound and damaged: our one pass and the framework's document model agree on what is valid.
/// A failure prints the body and the seed that makes it again.</summary>
public sealed class TaskJsonProperties
{
    private const string Rest = "\"group\":\"g\",\"function\":\"f\",\"contract\":1";

    private static readonly string[] Fragments =
    [
        "a", "b", "é", "😀", " ", "\\n", "\\\"", "\\\\", "\\/", "\\u0061",
        "\\u00e9", "\\ud83d\\ude00", "\\ud83d", "\\ude00",
        "\\u0000", "abcdefgh",
    ];

    private static readonly string[] Scalars =
    [
        "0", "-0", "1", "-1.5", "1e9", "1E-9", "1e999", "true", "false", "null", "\"\"", "\"x\"",
        "01", "+1", ".5", "nul", "",
    ];

    [Fact]
    public void TryRead_RandomBody_AgreesWithTheDocumentModel()
    {
        var bodies = from text in Members(4)
                     from damage in Damages()
                     select damage(Encoding.UTF8.GetBytes($"{{{Rest}{text}}}"));
        var verdicts = new Dictionary<bool, int> { [true] = 0, [false] = 0 };

        Prop.ForAll(bodies.ToArbitrary(), body =>
        {
            TaskJson.TryRead(body, new NameCache(), out _, out var fault);
            if (fault is { Code: "member_invalid" or "member_missing" })
                return true; // Damage to the routing members: no word on the rest.
            var isValid = IsValid(body);
            verdicts[isValid]++;
            return (fault is null) == isValid
                ? true
                : throw new InvalidOperationException(
                    $"'{Encoding.Latin1.GetString(body)}': ours says '{fault?.Message}', the model says {isValid}.");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000).WithQuietOnSuccess(true));

        // A property that only ever sees one kind of body says nothing.
        verdicts[true].ShouldBeGreaterThan(500);
        verdicts[false].ShouldBeGreaterThan(500);
    }

    private static bool IsValid(byte[] body)
    {
        if (!Utf8.IsValid(body))
            return false;
        try
        {
            using var document = JsonDocument.Parse(
                body,
                new JsonDocumentOptions { MaxDepth = TaskLimits.JsonDepthMax, AllowDuplicateProperties = false });
            ReadStrings(document.RootElement);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false; // No JSON, or a string that is no text.
        }
    }

    private static void ReadStrings(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    ReadStrings(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    property.Name.ShouldNotBeNull();
                    ReadStrings(property.Value);
                }

                break;
        }
    }

    private static Gen<string> Strings() =>
        from parts in Gen.Elements(Fragments).ListOf()
        select $"\"{string.Concat(parts.Take(5))}\"";

    private static Gen<string> Values(int levels)
    {
        var scalars = Gen.Frequency((20, Gen.Elements(Scalars[..12])), (1, Gen.Elements(Scalars)), (8, Strings()));
        if (levels == 0)
            return scalars;
        var arrays = from count in Gen.Choose(0, 4)
                     from items in Values(levels - 1).ListOf(count)
                     select $"[{string.Join(',', items)}]";
        var objects = from members in Members(levels - 1)
                      select $"{{{members.TrimStart(',')}}}";
        return Gen.Frequency((3, scalars), (1, arrays), (2, objects));
    }

    // Each with a comma before it, so that they can follow others.
    private static Gen<string> Members(int levels)
    {
        var member = from name in Strings()
                     from value in Values(levels)
                     select $",{name}:{value}";
        return from count in Gen.Choose(0, 5)
               from members in member.ListOf(count)
               select string.Concat(members);
    }

    private static Gen<Func<byte[], byte[]>> Damages()
    {
        var none = Gen.Constant<Func<byte[], byte[]>>(static body => body);
        var replaced = from at in Gen.Choose(0, 10_000)
                       from value in Gen.Choose(0, 255)
                       select (Func<byte[], byte[]>)(body =>
                       {
                           body[at % body.Length] = (byte)value;
                           return body;
                       });
        var removed = from at in Gen.Choose(0, 10_000)
                      select (Func<byte[], byte[]>)(body =>
                          [.. body[..(at % body.Length)], .. body[((at % body.Length) + 1)..]]);
        var cut = from at in Gen.Choose(0, 10_000)
                  select (Func<byte[], byte[]>)(body => body[..(at % body.Length)]);
        var doubled = from at in Gen.Choose(0, 10_000)
                      select (Func<byte[], byte[]>)(body =>
                          [.. body[..(at % body.Length)], .. body[(at % body.Length / 2)..]]);
        return Gen.Frequency((6, none), (2, replaced), (1, removed), (1, cut), (1, doubled));
    }
}
