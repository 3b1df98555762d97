using Hearth.Containers;
using Hearth.Containers.Reports;

namespace Hearth.Cli.Commands;

/// <summary>The container that a command line describes. Disposed of when the container has a record.</summary>
/// <param name="Description">The container.</param>
/// <param name="Way">How the image's layers were fetched; null for a directory, and if they were there.</param>
/// <param name="Held">Keeps the image; null for a directory.</param>
internal sealed record DescribedRun(ContainerDescription Description, ImageWay? Way = null, IDisposable? Held = null) : IDisposable
{
    public void Dispose() => Held?.Dispose();
}
