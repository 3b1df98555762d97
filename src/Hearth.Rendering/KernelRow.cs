using Hearth.Machines.Kernel;

namespace Hearth.Rendering;

/// <summary>A kernel as <c>hearth kernel list</c> shows it.</summary>
public sealed record KernelRow(
    string Name, string Release, string Architecture, IReadOnlyList<string>? FileSystems, IReadOnlyList<string>? Features, int Modules, string Digest, string Source, string Directory)
{
    public static KernelRow Of(KernelEntry entry) => new(
        entry.Name, entry.Release, entry.Architecture, entry.FileSystems, entry.Features, entry.Modules.Count, entry.Digest, entry.Source, entry.Directory);
}
