using System.Text.Json.Serialization;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.Sources;
using Hearth.Images.Pulling;

namespace Hearth.Worker.Docker.Images;

/// <summary>One object of docker's stream of progress.</summary>
internal sealed record TransferLine
{
    private const int ShortIdLength = 12;

    [JsonPropertyName("status")]
    public string? Status { get; init; }

    [JsonPropertyName("id")]
    public string? Id { get; init; }

    [JsonPropertyName("progressDetail")]
    public TransferDetail? Detail { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("errorDetail")]
    public TransferError? ErrorDetail { get; init; }

    [JsonPropertyName("stream")]
    public string? Stream { get; init; }

    [JsonPropertyName("aux")]
    public PushedAnswer? Pushed { get; init; }

    /// <summary>What happens to a layer that is fetched.</summary>
    public static TransferLine Of(LayerProgress progress) => new()
    {
        Id = progress.Layer.Hex[..ShortIdLength],
        Status = progress.State switch
        {
            LayerState.Waiting => "Waiting",
            LayerState.Fetching => "Downloading",
            LayerState.Present => "Already exists",
            LayerState.Indexed => "Indexed",
            _ => "Pull complete",
        },
        Detail = progress.State == LayerState.Fetching ? new TransferDetail(progress.Bytes, progress.Size) : new TransferDetail(null, null),
    };

    /// <summary>How a blob came to a registry.</summary>
    public static TransferLine Of(Descriptor blob, BlobWriting writing) => new()
    {
        Id = blob.Digest.Hex[..ShortIdLength],
        Status = writing switch
        {
            BlobWriting.Existed => "Layer already exists",
            BlobWriting.Mounted => "Mounted from another repository",
            _ => "Pushed",
        },
        Detail = new TransferDetail(null, null),
    };

    public static TransferLine Failed(string message) => new() { Error = message, ErrorDetail = new TransferError(message) };
}

internal sealed record TransferDetail([property: JsonPropertyName("current")] long? Current, [property: JsonPropertyName("total")] long? Total);

internal sealed record TransferError([property: JsonPropertyName("message")] string Message);

/// <summary>What a push made, for programs.</summary>
internal sealed record PushedAnswer(string? Tag, string Digest, long Size);
