using System.Text.Json.Serialization;
using Hearth.Images.Pulling;

namespace Hearth.Worker.Docker.Images;

/// <summary>One object of docker's stream of progress.</summary>
internal sealed record PullLine
{
    [JsonPropertyName("status")]
    public string? Status { get; init; }

    [JsonPropertyName("id")]
    public string? Id { get; init; }

    [JsonPropertyName("progressDetail")]
    public PullDetail? Detail { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }

    [JsonPropertyName("errorDetail")]
    public PullError? ErrorDetail { get; init; }

    [JsonPropertyName("stream")]
    public string? Stream { get; init; }

    public static PullLine Of(LayerProgress progress) => new()
    {
        Id = progress.Layer.Hex[..12],
        Status = progress.State switch
        {
            LayerState.Waiting => "Waiting",
            LayerState.Fetching => "Downloading",
            LayerState.Present => "Already exists",
            LayerState.Indexed => "Indexed",
            _ => "Pull complete",
        },
        Detail = progress.State == LayerState.Fetching ? new PullDetail(progress.Bytes, progress.Size) : new PullDetail(null, null),
    };

    public static PullLine Failed(string message) => new() { Error = message, ErrorDetail = new PullError(message) };
}

internal sealed record PullDetail([property: JsonPropertyName("current")] long? Current, [property: JsonPropertyName("total")] long? Total);

internal sealed record PullError([property: JsonPropertyName("message")] string Message);
