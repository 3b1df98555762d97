using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Hearth.Architecture.Tests.Compiled;

/// <summary>
/// Reads from an assembly's metadata and code (ECMA-335) which types its types use: base types, interfaces, signatures, local
/// variables, and the operands of instructions. Attributes and the values of constants, which the compiler copies, do not count.
/// </summary>
internal sealed class AssemblyReading
{
    private readonly MetadataReader metadata;
    private readonly PEReader file;
    private readonly UsedTypes types;
    private readonly HashSet<TypeUse> uses = [];
    private readonly List<string> nativeMethods = [];

    private AssemblyReading(PEReader file)
    {
        this.file = file;
        metadata = file.GetMetadataReader();
        types = new UsedTypes(metadata);
    }

    /// <param name="room">The room's name.</param>
    /// <param name="path">Its assembly.</param>
    internal static CompiledRoom Read(string room, string path)
    {
        using PEReader file = new(File.OpenRead(path));
        AssemblyReading reading = new(file);
        foreach (TypeDefinitionHandle handle in reading.metadata.TypeDefinitions)
        {
            reading.ReadType(handle);
        }

        string[] references = [.. reading.metadata.AssemblyReferences.Select(reference => reading.metadata.GetString(reading.metadata.GetAssemblyReference(reference).Name))];
        return new CompiledRoom(room, [.. references.Where(name => name.StartsWith("Hearth.", StringComparison.Ordinal)).Order()], [.. reading.uses], reading.nativeMethods);
    }

    private void ReadType(TypeDefinitionHandle handle)
    {
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        TypeName user = types.NameOf(handle);
        Use(user, type.BaseType);
        foreach (InterfaceImplementationHandle implementation in type.GetInterfaceImplementations())
        {
            Use(user, metadata.GetInterfaceImplementation(implementation).Interface);
        }

        UseConstraints(user, type.GetGenericParameters());
        foreach (FieldDefinitionHandle field in type.GetFields())
        {
            Use(user, metadata.GetFieldDefinition(field).DecodeSignature(types, null));
        }

        foreach (MethodDefinitionHandle method in type.GetMethods())
        {
            ReadMethod(user, metadata.GetMethodDefinition(method));
        }
    }

    private void ReadMethod(TypeName user, MethodDefinition method)
    {
        MethodSignature<IReadOnlyList<TypeName>> signature = method.DecodeSignature(types, null);
        Use(user, [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(type => type)]);
        UseConstraints(user, method.GetGenericParameters());
        if ((method.Attributes & MethodAttributes.PinvokeImpl) != 0)
        {
            nativeMethods.Add($"{user.FullName}.{metadata.GetString(method.Name)}");
        }

        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        MethodBodyBlock body = file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            Use(user, [.. metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(types, null).SelectMany(type => type)]);
        }

        foreach (ExceptionRegion region in body.ExceptionRegions)
        {
            Use(user, region.CatchType);
        }

        foreach (int token in Instructions.TokensOf(body.GetILBytes()!))
        {
            Use(user, MetadataTokens.EntityHandle(token));
        }
    }

    private void UseConstraints(TypeName user, GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameterConstraintHandle constraint in parameters.SelectMany(parameter => metadata.GetGenericParameter(parameter).GetConstraints()))
        {
            Use(user, metadata.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private void Use(TypeName user, IEnumerable<TypeName> used, string? member = null)
    {
        uses.UnionWith(used.Where(type => type.Namespace != user.Namespace).Select(type => new TypeUse(user, type, member)));
    }

    private void Use(TypeName user, EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }

        switch (handle.Kind)
        {
            case HandleKind.MethodSpecification:
                MethodSpecification specification = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Use(user, [.. specification.DecodeSignature(types, null).SelectMany(type => type)]);
                Use(user, specification.Method);
                break;
            case HandleKind.MemberReference:
                MemberReference member = metadata.GetMemberReference((MemberReferenceHandle)handle);
                Use(user, types.Of(member.Parent), metadata.GetString(member.Name));
                break;
            case HandleKind.MethodDefinition:
                Use(user, types.Of(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType()));
                break;
            case HandleKind.FieldDefinition:
                Use(user, types.Of(metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType()));
                break;
            case HandleKind.StandaloneSignature:
                break;
            default:
                Use(user, types.Of(handle));
                break;
        }
    }
}
