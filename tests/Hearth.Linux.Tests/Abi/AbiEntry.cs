using System.Collections;

namespace Hearth.Linux.Tests.Abi;

/// <summary>
/// One type of Hearth.Linux and what the C headers call its members: a field's name in the structure, or an expression
/// for a constant's value.
/// </summary>
/// <param name="type">The type's name behind "Hearth.Linux.", nested types with '+'.</param>
/// <param name="structure">The C structure; null for a type that only holds constants.</param>
/// <param name="when">A preprocessor condition: headers and architectures where it does not hold cannot judge this entry.</param>
internal sealed class AbiEntry(string type, string? structure = null, string? when = null) : IEnumerable<KeyValuePair<string, string>>
{
    /// <summary>Marks a member that is Hearth's own choice, or padding: the headers have no say in it.</summary>
    internal const string NotTheKernels = "";

    /// <summary>Before an expression: the C# value only has to be as large.</summary>
    internal const string AtLeast = ">= ";

    /// <summary>For an array of C names: each one's index is its value.</summary>
    internal const string NamesByNumber = "[]";

    private readonly Dictionary<string, string> members = [];

    public string Type => type;

    public string? Structure => structure;

    public string? When => when;

    public IEnumerable<string> Members => members.Keys;

    public string this[string member]
    {
        get => members[member];
        set => members.Add(member, value);
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => members.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
