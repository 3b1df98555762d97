using Hearth.Containers;

namespace Hearth.Client.Images;

/// <summary>A container's description, completed from its image. Disposal lets the image be pruned, if no container uses it by then.</summary>
/// <param name="description">The description.</param>
/// <param name="warning">What the user should know; null for nothing.</param>
/// <param name="isInParts">Whether the image has layers that are not whole in the store.</param>
/// <param name="lease">Keeps the image; this owns it.</param>
public sealed class DescribedContainer(ContainerDescription description, string? warning, bool isInParts, IDisposable lease) : IDisposable
{
    public ContainerDescription Description => description;

    public string? Warning => warning;

    /// <summary>Whether the image has layers that are not whole in the store.</summary>
    public bool IsInParts => isInParts;

    public void Dispose() => lease.Dispose();
}
