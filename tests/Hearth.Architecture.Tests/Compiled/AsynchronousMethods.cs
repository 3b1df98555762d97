using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Hearth.Architecture.Tests.Compiled;

/// <summary>The asynchronous methods that an assembly offers to others.</summary>
internal static class AsynchronousMethods
{
    private static readonly string[] results = ["System.Threading.Tasks.Task", "System.Threading.Tasks.ValueTask", "System.Collections.Generic.IAsyncEnumerable"];

    /// <summary>Those whose last parameter is no CancellationToken, but for those whose signature another type gives.</summary>
    /// <param name="path">The assembly.</param>
    public static IReadOnlyList<string> WithoutCancellation(string path)
    {
        using PEReader file = new(File.OpenRead(path));
        MetadataReader metadata = file.GetMetadataReader();
        UsedTypes types = new(metadata);
        return
        [
            .. from handle in metadata.TypeDefinitions
               let type = metadata.GetTypeDefinition(handle)
               where (type.Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public
               from member in type.GetMethods()
               let method = metadata.GetMethodDefinition(member)
               where IsOffered(method.Attributes)
               let signature = method.DecodeSignature(types, null)
               where IsAsynchronous(signature.ReturnType) && !IsCancellable(signature.ParameterTypes)
               select $"{types.NameOf(handle).FullName}.{metadata.GetString(method.Name)}",
        ];
    }

    /// <summary>An override has what it overrides, and an interface's implementation what that has.</summary>
    private static bool IsOffered(MethodAttributes attributes) =>
        (attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public && (attributes & MethodAttributes.Virtual) == 0;

    private static bool IsAsynchronous(IReadOnlyList<TypeName> type) => type.Count > 0 && type.Any(name => results.Contains(name.FullName.Split('`')[0]));

    private static bool IsCancellable(IReadOnlyList<IReadOnlyList<TypeName>> parameters) =>
        parameters.Count > 0 && parameters[^1].Any(name => name.FullName == "System.Threading.CancellationToken");
}
