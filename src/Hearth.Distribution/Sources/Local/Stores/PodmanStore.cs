using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Local.Archives;

namespace Hearth.Distribution.Sources.Local.Stores;

/// <summary>
/// An image in the store of podman, buildah and skopeo (containers/storage), read where it is. podman reports the image's id
/// by its own rules for short names, and the store's directory by its own flags, variables and files.
/// </summary>
internal static class PodmanStore
{
    /// <returns>Null if the store's files are not here, not of a known form or not this user's alone, as without root: podman's export is read then.</returns>
    /// <exception cref="ImageException">podman is missing, fails or has no such image, or the store cannot be read.</exception>
    public static async Task<LocalImage?> TryOpenAsync(ImageLocation location, StoreProgram program, CancellationToken cancellationToken)
    {
        string name = location.ToString();
        string id = (await program.ReadTextAsync(["podman", "image", "inspect", "--format", "{{.Id}}", location.Path], cancellationToken).ConfigureAwait(false)).Trim();
        string[] place = (await program.ReadTextAsync(["podman", "info", "--format", "{{.Store.GraphDriverName}} {{.Store.GraphRoot}}"], cancellationToken).ConfigureAwait(false)).Trim().Split(' ', 2);
        return Environment.IsPrivilegedProcess && place is [{ Length: > 0 } driver, ['/', ..] root] && PodmanFiles.TryFind(name, root, driver, id) is { } files
            ? new LocalImage(NamesOf(location, files), new DockerImage(name, files, new DockerArchiveEntry { Config = PodmanFiles.Configuration, Layers = files.Layers }))
            : null;
    }

    /// <summary>The one of the image's names that the user meant; none if it was the id.</summary>
    private static IReadOnlyList<ImageReference> NamesOf(ImageLocation location, PodmanFiles files)
    {
        string[] spellings = [location.Path, $"{location.Path}:latest", ImageReference.TryParse(location.Path, out ImageReference? whole) ? whole.WithDefaultTag().ToString() : ""];
        string? meant = files.Names.FirstOrDefault(name => spellings.Any(spelling => name == spelling || name.EndsWith($"/{spelling}", StringComparison.Ordinal)));
        return meant is not null && ImageReference.TryParse(meant, out ImageReference? reference) && reference.Digest is null ? [reference.WithDefaultTag()] : [];
    }
}
