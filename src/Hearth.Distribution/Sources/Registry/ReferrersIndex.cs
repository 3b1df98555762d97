using System.Text.Json;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Registry;

/// <summary>The index that lists referrers where a registry has no API for it (distribution-spec, pushing manifests with subject).</summary>
internal static class ReferrersIndex
{
    /// <summary>How a referrer is listed: its artifact type, or else the type of its configuration, and its annotations.</summary>
    public static Descriptor Describe(Document document)
    {
        ImageManifest manifest = ManifestReading.ReadManifest(document);
        return new Descriptor
        {
            MediaType = document.MediaType,
            DigestText = document.Digest.ToString(),
            Size = document.Bytes.Length,
            ArtifactType = manifest.ArtifactType ?? manifest.Config?.MediaType,
            Annotations = manifest.Annotations,
        };
    }

    public static Document Make(IReadOnlyList<Descriptor> manifests)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(new ImageIndex { SchemaVersion = 2, MediaType = MediaTypes.OciIndex, Manifests = manifests }, ImageJson.Default.ImageIndex);
        return new Document(MediaTypes.OciIndex, Digest.Of(bytes), bytes);
    }
}
