using Hearth.Distribution.References;

namespace Hearth.Images.Store;

/// <summary>
/// The files of an <see cref="ImageStore"/>: an OCI image layout (image-spec, image-layout.md), which skopeo reads, and
/// directories of Hearth's own beside it.
/// <code>
/// oci-layout, index.json, blobs/ALGORITHM/HEX   the layout
/// layers/HEX/content, index, windows            an uncompressed layer, its index, and its spans' windows, by the digest of the layer
/// lazy/HEX/content, blob, map, index, windows   a layer of which only parts were fetched, by its digest
/// lazy/HEX/origin                               its repository
/// ingest/HEX, HEX.content                       a blob, and a layer's content, that are being fetched
/// traces/HEX                                    what a start of the image with this manifest reads
/// traces/HEX.pack                               the bytes that it reads, as far as they were fetched by themselves
/// leases/HEX                                    held by whoever uses the image with this manifest
/// gate/                                         locked to look for things (shared) or to remove them (exclusively)
/// </code>
/// </summary>
internal sealed record StorePaths(string Directory)
{
    public string Layout => Path.Combine(Directory, "oci-layout");

    public string Index => Path.Combine(Directory, "index.json");

    public string Blobs => Path.Combine(Directory, "blobs");

    public string Layers => Path.Combine(Directory, "layers");

    public string Lazy => Path.Combine(Directory, "lazy");

    public string Traces => Path.Combine(Directory, "traces");

    public string Ingest => Path.Combine(Directory, "ingest");

    public string Leases => Path.Combine(Directory, "leases");

    public string Gate => Path.Combine(Directory, "gate");

    public string BlobOf(Digest digest) => Path.Combine(Blobs, digest.Algorithm, digest.Hex);

    public string LayerOf(Digest digest) => Path.Combine(Layers, digest.Hex);

    public string ContentOf(Digest digest) => Path.Combine(LayerOf(digest), "content");

    public string IndexOf(Digest digest) => Path.Combine(LayerOf(digest), "index");

    public string WindowsOf(Digest digest) => Path.Combine(LayerOf(digest), "windows");

    public string LazyOf(Digest digest) => Path.Combine(Lazy, digest.Hex);

    public string LazyIndexOf(Digest digest) => Path.Combine(LazyOf(digest), "index");

    public string LazyContentOf(Digest digest) => Path.Combine(LazyOf(digest), "content");

    public string LazyOriginOf(Digest digest) => Path.Combine(LazyOf(digest), "origin");

    public string IngestOf(Digest digest) => Path.Combine(Ingest, digest.Hex);

    public string TraceOf(Digest manifest) => Path.Combine(Traces, manifest.Hex);

    public string TracePackOf(Digest manifest) => TraceOf(manifest) + ".pack";

    public string LeaseOf(Digest manifest) => Path.Combine(Leases, manifest.Hex);
}
