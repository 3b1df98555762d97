using System.Collections.Concurrent;
using System.Text;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;

namespace Hearth.Images.Tests.Support;

/// <summary>A repository in memory, with one named image, whose contents a test changes under their digests.</summary>
internal sealed class MemoryRegistry : IImageSource, IImageTarget
{
    private readonly List<Descriptor> referrers = [];
    private Document? named;

    public string Name => "a test";

    /// <summary>By digest.</summary>
    public Dictionary<string, byte[]> Blobs { get; } = [];

    /// <summary>By digest.</summary>
    public Dictionary<string, Document> Manifests { get; } = [];

    /// <summary>How often each blob was opened.</summary>
    public List<string> Opened { get; } = [];

    /// <summary>Holds the opening of a blob up.</summary>
    public Func<Descriptor, Task> Opening { get; set; } = _ => Task.CompletedTask;

    /// <summary>Whether it gives whole blobs only.</summary>
    public bool IgnoresRanges { get; set; }

    /// <summary>The manifests that were read by their digests, in order.</summary>
    public List<string> Read { get; } = [];

    /// <summary>The bytes of blobs that were read by ranges.</summary>
    public long RangeBytes { get; set; }

    /// <summary>The ranges that were read, in order: the blob's digest and how many bytes.</summary>
    public ConcurrentQueue<(string Digest, int Length)> Ranges { get; } = [];

    /// <summary>Holds the reading of a range up.</summary>
    public Func<Descriptor, Task> Ranging { get; set; } = _ => Task.CompletedTask;

    /// <summary>Thrown by requests for indexes of the image; null for none.</summary>
    public ImageException? Failure { get; set; }

    /// <summary>Adds a blob.</summary>
    /// <param name="type">Its media type.</param>
    /// <param name="bytes">The blob.</param>
    public Descriptor Add(string type, byte[] bytes)
    {
        string digest = Digest.Of(bytes).ToString();
        Blobs[digest] = bytes;
        return new Descriptor { MediaType = type, DigestText = digest, Size = bytes.Length };
    }

    /// <summary>Adds a manifest or index.</summary>
    public Descriptor AddManifest(string type, string json)
    {
        Document document = new(type, Digest.Of(Encoding.UTF8.GetBytes(json)), Encoding.UTF8.GetBytes(json));
        Manifests[document.Digest.ToString()] = document;
        return new Descriptor { MediaType = type, DigestText = document.Digest.ToString(), Size = document.Bytes.Length };
    }

    /// <summary>Gives a manifest or index the image's name.</summary>
    public void SetNamed(Descriptor manifest) => named = Manifests[manifest.DigestText];

    public Task<Document> ReadNamedAsync(CancellationToken cancellationToken) => Task.FromResult(named ?? throw Missing("the name"));

    public Task<Document> ReadManifestAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        Read.Add(descriptor.DigestText);
        return Task.FromResult(Manifests.GetValueOrDefault(descriptor.DigestText) ?? throw Missing(descriptor.DigestText));
    }

    public async Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancellationToken)
    {
        lock (Opened)
        {
            Opened.Add(blob.DigestText);
        }

        byte[] bytes = Blobs.GetValueOrDefault(blob.DigestText) ?? throw Missing(blob.DigestText);
        await Opening(blob).WaitAsync(cancellationToken);
        return new MemoryStream(bytes, (int)offset, bytes.Length - (int)offset);
    }

    public async Task ReadRangeAsync(Descriptor blob, long offset, Memory<byte> destination, Action<int>? arrived, CancellationToken cancellationToken)
    {
        Ranges.Enqueue((blob.DigestText, destination.Length));
        await Ranging(blob).WaitAsync(cancellationToken);
        if (IgnoresRanges)
        {
            throw new ImageException(ImageError.Unsupported, "cannot read the blob: it ignores ranges");
        }

        (Blobs.GetValueOrDefault(blob.DigestText) ?? throw Missing(blob.DigestText)).AsMemory((int)offset, destination.Length).CopyTo(destination);
        RangeBytes += destination.Length;
    }

    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, string artifactType, CancellationToken cancellationToken) =>
        Failure is null ? Task.FromResult<IReadOnlyList<Descriptor>>([.. referrers]) : throw Failure;

    public async Task<BlobWriting> WriteBlobAsync(Descriptor blob, ImageReference? origin, Func<long, CancellationToken, Task<Stream>> open, CancellationToken cancellationToken)
    {
        MemoryStream bytes = new();
        await using Stream stream = await open(0, cancellationToken);
        await stream.CopyToAsync(bytes, cancellationToken);
        Blobs[blob.DigestText] = bytes.ToArray();
        return BlobWriting.Sent;
    }

    public Task WriteManifestAsync(Document manifest, CancellationToken cancellationToken)
    {
        Manifests[manifest.Digest.ToString()] = manifest;
        if (ManifestReading.ReadManifest(manifest).Subject is not null)
        {
            referrers.Add(new Descriptor { MediaType = manifest.MediaType, DigestText = manifest.Digest.ToString(), Size = manifest.Bytes.Length });
        }

        return Task.CompletedTask;
    }

    public Task WriteNamedAsync(Document manifest, CancellationToken cancellationToken)
    {
        named = Manifests[manifest.Digest.ToString()] = manifest;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static ImageException Missing(string what) => new(ImageError.Unknown, $"cannot read {what}: the test has none (404)");
}
