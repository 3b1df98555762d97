using System.Text.Json;
using System.Text.Json.Serialization;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Images.Making;
using Hearth.Images.Pulling;
using Hearth.Images.Traces;

namespace Hearth.Client.Images;

/// <summary>What a worker and its clients exchange of images; manifests and configurations have the image specification's members.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(DigestConverter), typeof(ReferenceConverter)])]
[JsonSerializable(typeof(IReadOnlyList<ImageSummary>))]
[JsonSerializable(typeof(ImageDetail))]
[JsonSerializable(typeof(RemovedImage))]
[JsonSerializable(typeof(CommittedImage))]
[JsonSerializable(typeof(CommitRequest))]
[JsonSerializable(typeof(PruneRequest))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(TransferStep))]
[JsonSerializable(typeof(IReadOnlyList<LayerIndexEntry>))]
[JsonSerializable(typeof(PushedIndex))]
[JsonSerializable(typeof(ImageTrace))]
public sealed partial class ImagesJson : JsonSerializerContext;

/// <summary>A request to make an image of a container.</summary>
/// <param name="Name">The image's; null for none.</param>
/// <param name="Options">What the user says about it.</param>
/// <param name="Pauses">Whether the container's processes are suspended meanwhile.</param>
public sealed record CommitRequest(string? Name, CommitOptions Options, bool Pauses);

/// <summary>A request to remove images that no container uses.</summary>
/// <param name="All">Whether names are no reason to stay.</param>
/// <param name="Manifests">The digests of those that may be removed.</param>
public sealed record PruneRequest(bool All, IReadOnlyList<Digest> Manifests);

/// <summary>One step of a pull, a push, a load or an import. Exactly one group of members is set; the last step has the result.</summary>
public sealed record TransferStep
{
    public LayerProgress? Layer { get; init; }

    /// <summary>A blob that is in the registry, with how it came there.</summary>
    public Descriptor? Blob { get; init; }

    public BlobWriting? Writing { get; init; }

    public PulledImage? Pulled { get; init; }

    public PushedImage? Pushed { get; init; }

    public IReadOnlyList<LoadedImage>? Loaded { get; init; }

    public Digest? Imported { get; init; }

    /// <summary>Why it failed: the name of a <see cref="Containers.HearthError"/>, and a sentence.</summary>
    public string? Error { get; init; }

    public string? Message { get; init; }
}

/// <summary>Digests as text.</summary>
public sealed class DigestConverter : JsonConverter<Digest>
{
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Digest.TryParse(reader.GetString(), out Digest digest) ? digest : throw new JsonException("it is not a digest");

    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>Names of images as text.</summary>
public sealed class ReferenceConverter : JsonConverter<ImageReference>
{
    public override ImageReference Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString() is { } text && ImageReference.TryParse(text, out ImageReference? reference) ? reference : throw new JsonException("it is not a name of an image");

    public override void Write(Utf8JsonWriter writer, ImageReference value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
