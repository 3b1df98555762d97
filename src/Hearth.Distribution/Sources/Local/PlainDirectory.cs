using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Local;

/// <summary>An image as skopeo's <c>dir:PATH</c>: manifest.json, and a file for each blob, named by its hexadecimal digits.</summary>
internal sealed class PlainDirectory(string name, ILocalFiles files) : BlobFiles(name, files)
{
    public override Task<Document> ReadNamedAsync(CancellationToken cancellationToken)
    {
        byte[] bytes = ReadAll("manifest.json", ManifestReading.MostManifestBytes);
        return Task.FromResult(new Document(ManifestReading.TypeOf(bytes, Name), Digest.Of(bytes), bytes));
    }

    protected override string PathOf(Digest digest) => digest.Hex;
}
