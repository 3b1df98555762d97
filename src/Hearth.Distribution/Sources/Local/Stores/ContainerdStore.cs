using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Local.Stores;

/// <summary>
/// An image in containerd's content store, which has blobs by their digests, as an OCI image layout does. <c>ctr</c> reports
/// the image's digest and the store's directory, also with <c>CONTAINERD_ADDRESS</c> and <c>CONTAINERD_NAMESPACE</c>.
/// </summary>
internal static class ContainerdStore
{
    private const string RootExport = "root";

    /// <summary>The name as containerd has it.</summary>
    public static ImageReference NameOf(ImageLocation location) => ImageReference.Parse(location.Path).WithDefaultTag();

    /// <returns>Null if the files cannot be read here, or ctr does not list the image: its export says why.</returns>
    /// <exception cref="ImageException">ctr is missing or fails.</exception>
    public static async Task<LocalImage?> TryOpenAsync(ImageLocation location, StoreProgram program, CancellationToken cancellationToken)
    {
        ImageReference name = NameOf(location);
        string listed = await program.ReadTextAsync(["ctr", "images", "list", $"name=={name}"], cancellationToken).ConfigureAwait(false);
        Descriptor? image = listed.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 2 && words[0] == name.ToString())
            .Select(words => new Descriptor { MediaType = words[1], DigestText = words[2] }).FirstOrDefault();
        string plugins = await program.ReadTextAsync(["ctr", "plugins", "list", "--detailed", "id==content"], cancellationToken).ConfigureAwait(false);
        string? root = plugins.Split('\n').Select(line => line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .FirstOrDefault(words => words is [RootExport, ['/', ..]])?[1];
        return image is not null && root is not null && Digest.TryParse(image.DigestText, out Digest digest) && File.Exists(Path.Combine(root, LayoutImage.BlobPath(digest)))
            ? new LocalImage([name], new StoredImage(location.ToString(), root, image))
            : null;
    }

    private sealed class StoredImage(string name, string root, Descriptor image) : BlobFiles(name, new DirectoryTree(root))
    {
        public override Task<Document> ReadNamedAsync(CancellationToken cancellationToken) => ReadManifestAsync(image, cancellationToken);

        protected override string PathOf(Digest digest) => LayoutImage.BlobPath(digest);
    }
}
