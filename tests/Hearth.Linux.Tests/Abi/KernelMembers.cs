using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Hearth.Linux.Tests.Abi;

/// <summary>What a compiled assembly holds that must agree with the C headers: layouts, constants, enumerations; by reflection.</summary>
internal static class KernelMembers
{
    private const string Prefix = "Hearth.Linux.";
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static Type Find(string name) => typeof(LinuxException).Assembly.GetType(Prefix + name, throwOnError: true)!;

    /// <summary>Every member that an entry has to name, as "Type.Member": of the given types, those in <paramref name="ownTypes"/> left out.</summary>
    public static IEnumerable<string> ThatNeedAnEntry(IEnumerable<Type> types, IReadOnlySet<string> ownTypes) =>
        from type in types
        where !IsCompilersOwn(type)
        let name = NameOf(type)
        where !ownTypes.Contains(name)
        from member in MembersOf(type)
        select $"{name}.{member}";

    public static string NameOf(Type type) => type.FullName!.StartsWith(Prefix, StringComparison.Ordinal) ? type.FullName[Prefix.Length..] : type.FullName;

    /// <summary>The instance field of that name, or the one behind a property of that name.</summary>
    public static FieldInfo? FindField(Type type, string member) =>
        type.GetField(member, Declared & ~BindingFlags.Static) ?? type.GetField($"<{member}>k__BackingField", Declared & ~BindingFlags.Static);

    /// <summary>A constant's or a static property's value as the 64 bits that C would widen it to.</summary>
    public static long ValueOf(Type type, string member)
    {
        object? value = type.GetField(member, Declared) is { } field
            ? field.GetValue(null)
            : (type.GetProperty(member, Declared) ?? throw new MissingMemberException(type.FullName, member)).GetValue(null);
        return value switch
        {
            Enum number => Convert.ToInt64(Convert.ChangeType(number, Enum.GetUnderlyingType(number.GetType()))),
            ulong number => (long)number,
            nuint number => (long)number,
            nint number => number,
            _ => Convert.ToInt64(value),
        };
    }

    public static IReadOnlyList<string> NamesOf(Type type, string member) => (string[])type.GetField(member, Declared)!.GetValue(null)!;

    public static int SizeOf(Type type)
    {
        var method = new DynamicMethod("size", typeof(int), [], type.Module, skipVisibility: true);
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Sizeof, type);
        code.Emit(OpCodes.Ret);
        return (int)method.Invoke(null, [])!;
    }

    /// <summary>The distance between a structure's first byte and a field's, as the runtime has laid it out; no marshalling is asked.</summary>
    public static int OffsetOf(FieldInfo field)
    {
        var method = new DynamicMethod("offset", typeof(int), [], field.Module, skipVisibility: true);
        ILGenerator code = method.GetILGenerator();
        code.DeclareLocal(field.DeclaringType!);
        code.Emit(OpCodes.Ldloca_S, 0);
        code.Emit(OpCodes.Ldflda, field);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Ldloca_S, 0);
        code.Emit(OpCodes.Conv_U);
        code.Emit(OpCodes.Sub);
        code.Emit(OpCodes.Conv_I4);
        code.Emit(OpCodes.Ret);
        return (int)method.Invoke(null, [])!;
    }

    private static bool IsCompilersOwn(Type type) =>
        type.IsDefined(typeof(CompilerGeneratedAttribute)) || type.IsDefined(typeof(InlineArrayAttribute))
        || type.FullName!.Contains('<', StringComparison.Ordinal) || !type.FullName.StartsWith(Prefix, StringComparison.Ordinal);

    private static IEnumerable<string> MembersOf(Type type)
    {
        IEnumerable<FieldInfo> fields = type.GetFields(Declared);
        IEnumerable<string> constants = fields.Where(field => field.IsLiteral && IsNumber(field.FieldType) && !IsNone(field)).Select(field => field.Name);
        IEnumerable<string> computed = type.GetProperties(Declared).Where(p => p.GetMethod is { IsStatic: true } && IsNumber(p.PropertyType)).Select(p => p.Name);
        IEnumerable<string> layout = type is { IsValueType: true, IsEnum: false, IsByRefLike: false } ? fields.Where(field => !field.IsStatic).Select(PlainName) : [];
        IEnumerable<string> tables = fields.Where(field => field.IsStatic && field.FieldType == typeof(string[])).Select(field => field.Name);
        return [.. constants, .. computed, .. layout, .. tables];
    }

    /// <summary>0 as an enumeration's "nothing of it" has no name in C.</summary>
    private static bool IsNone(FieldInfo field) => field is { Name: "None", DeclaringType.IsEnum: true } && ValueOf(field.DeclaringType, field.Name) == 0;

    private static bool IsNumber(Type type) => type.IsEnum || type == typeof(nint) || type == typeof(nuint) || (type.IsPrimitive && type != typeof(bool) && type != typeof(char));

    private static string PlainName(FieldInfo field) =>
        field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;
}
