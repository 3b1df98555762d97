using Hearth.Machines.Kernel;

namespace Hearth.Cli.Rendering;

/// <summary>A kernel as <c>hearth kernel list</c> shows it.</summary>
internal sealed record KernelRow(
    string Name, string Release, string Architecture, IReadOnlyList<string>? FileSystems, IReadOnlyList<string>? Features, int Modules, string Digest, string Source, string Directory)
{
    public static KernelRow Of(KernelEntry entry) => new(
        entry.Name, entry.Release, entry.Architecture, entry.FileSystems, entry.Features, entry.Modules.Count, entry.Digest, entry.Source, entry.Directory);
}
