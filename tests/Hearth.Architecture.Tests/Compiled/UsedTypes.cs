using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Hearth.Architecture.Tests.Compiled;

/// <summary>The named types in a signature, generic arguments and elements of arrays included; a nested type is its outermost one.</summary>
internal sealed class UsedTypes(MetadataReader metadata) : ISignatureTypeProvider<IReadOnlyList<TypeName>, object?>
{
    internal IReadOnlyList<TypeName> Of(EntityHandle handle) => handle.Kind switch
    {
        HandleKind.TypeDefinition => [NameOf((TypeDefinitionHandle)handle)],
        HandleKind.TypeReference => [NameOf((TypeReferenceHandle)handle)],
        HandleKind.TypeSpecification => metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null),
        HandleKind.MethodDefinition => [NameOf(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType())],
        _ => [],
    };

    internal TypeName NameOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        return type.GetDeclaringType() is { IsNil: false } outer
            ? NameOf(outer)
            : new TypeName(metadata.GetString(type.Namespace), metadata.GetString(type.Name));
    }

    public IReadOnlyList<TypeName> GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [NameOf(handle)];

    public IReadOnlyList<TypeName> GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => [NameOf(handle)];

    public IReadOnlyList<TypeName> GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

    public IReadOnlyList<TypeName> GetGenericInstantiation(IReadOnlyList<TypeName> genericType, ImmutableArray<IReadOnlyList<TypeName>> typeArguments) =>
        [.. genericType, .. typeArguments.SelectMany(argument => argument)];

    public IReadOnlyList<TypeName> GetFunctionPointerType(MethodSignature<IReadOnlyList<TypeName>> signature) =>
        [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(parameter => parameter)];

    public IReadOnlyList<TypeName> GetModifiedType(IReadOnlyList<TypeName> modifier, IReadOnlyList<TypeName> unmodifiedType, bool isRequired) => unmodifiedType;

    public IReadOnlyList<TypeName> GetArrayType(IReadOnlyList<TypeName> elementType, ArrayShape shape) => elementType;

    public IReadOnlyList<TypeName> GetByReferenceType(IReadOnlyList<TypeName> elementType) => elementType;

    public IReadOnlyList<TypeName> GetPinnedType(IReadOnlyList<TypeName> elementType) => elementType;

    public IReadOnlyList<TypeName> GetPointerType(IReadOnlyList<TypeName> elementType) => elementType;

    public IReadOnlyList<TypeName> GetSZArrayType(IReadOnlyList<TypeName> elementType) => elementType;

    public IReadOnlyList<TypeName> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];

    public IReadOnlyList<TypeName> GetGenericMethodParameter(object? genericContext, int index) => [];

    public IReadOnlyList<TypeName> GetGenericTypeParameter(object? genericContext, int index) => [];

    private TypeName NameOf(TypeReferenceHandle handle)
    {
        TypeReference type = metadata.GetTypeReference(handle);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? NameOf((TypeReferenceHandle)type.ResolutionScope)
            : new TypeName(metadata.GetString(type.Namespace), metadata.GetString(type.Name));
    }
}
