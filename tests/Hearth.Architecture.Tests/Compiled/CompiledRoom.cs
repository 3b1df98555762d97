namespace Hearth.Architecture.Tests.Compiled;

/// <summary>What a room's compiled assembly says of itself.</summary>
/// <param name="Name">The room's, as in <c>Hearth.Fuse</c>; also its root namespace.</param>
/// <param name="References">The other rooms whose types it uses.</param>
/// <param name="Uses">Each use of a type or member of another namespace, once.</param>
/// <param name="NativeMethods">Its methods that are declared as a native library's.</param>
public sealed record CompiledRoom(string Name, IReadOnlyList<string> References, IReadOnlyList<TypeUse> Uses, IReadOnlyList<string> NativeMethods);

/// <summary>One type's use of another; nested types count as their outermost one.</summary>
/// <param name="User">The type that uses.</param>
/// <param name="Used">The type that is used.</param>
/// <param name="Member">The method or field of it; null for the type itself.</param>
public sealed record TypeUse(TypeName User, TypeName Used, string? Member)
{
    public override string ToString() => $"{User.FullName} uses {Used.FullName}";
}

/// <summary>A type by its namespace and name.</summary>
public readonly record struct TypeName(string Namespace, string Name)
{
    public string FullName => $"{Namespace}.{Name}";
}
