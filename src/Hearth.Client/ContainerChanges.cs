using System.Text;
using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Client;

/// <summary>What containers changed of their roots.</summary>
public static class ContainerChanges
{
    /// <summary>Lists what a container changed of its root, in the order of the paths.</summary>
    /// <param name="containers">Has the container.</param>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">The container is suspended, or a file cannot be read.</exception>
    public static async Task<IReadOnlyList<RootChange>> ReadAsync(IContainers containers, string id, CancellationToken cancellationToken = default)
    {
        using MemoryStream list = new();
        await containers.ReadRootAsync(id, RootForm.Changes, freezes: false, list, cancellationToken).ConfigureAwait(false);
        return
        [
            .. Encoding.UTF8.GetString(list.GetBuffer(), 0, (int)list.Length).Split('\0', StringSplitOptions.RemoveEmptyEntries)
                .Select(text => new RootChange(text[0], text[1..]))
                .OrderBy(change => change.Path, StringComparer.Ordinal),
        ];
    }
}
