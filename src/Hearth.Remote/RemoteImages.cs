using System.Text.Json;
using Hearth.Client;
using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Images.Making;
using Hearth.Images.Pulling;
using Hearth.Images.Saving;
using Hearth.Images.Traces;

namespace Hearth.Remote;

/// <summary>The images of another host, through its worker. Its own passwords of registries count.</summary>
/// <param name="worker">The caller closes it.</param>
public sealed class RemoteImages(WorkerConnection worker) : IImages
{
    private const string Images = "hearth/v1/images";
    private const string Indexes = "hearth/v1/image-indexes";
    private const string Traces = "hearth/v1/image-traces";

    /// <summary>Not known: the worker's host chooses.</summary>
    public Platform? HostPlatform => null;

    public Task<IReadOnlyList<ImageSummary>> ListAsync(CancellationToken cancellationToken = default) => worker.ReadAsync(Images, ImagesJson.Default.IReadOnlyListImageSummary, cancellationToken);

    public async Task<ImageSummary?> TryFindAsync(string text, CancellationToken cancellationToken = default)
    {
        try
        {
            return (await ReadAsync(text, cancellationToken).ConfigureAwait(false)).Image;
        }
        catch (HearthException unknown) when (unknown.Error == HearthError.ImageUnknown)
        {
            return null;
        }
    }

    /// <summary>The worker refuses to create a container of an image that was removed meanwhile.</summary>
    public Task<IDisposable?> HoldAsync(ImageSummary image, CancellationToken cancellationToken = default) => Task.FromResult<IDisposable?>(Stream.Null);

    public Task<ImageDetail> ReadAsync(string text, CancellationToken cancellationToken = default) =>
        worker.ReadAsync($"{Images}/detail{Query(("image", text))}", ImagesJson.Default.ImageDetail, cancellationToken);

    public Task TagAsync(string text, string name, CancellationToken cancellationToken = default) =>
        worker.SendAsync(HttpMethod.Post, $"{Images}/tag{Query(("image", text), ("name", name))}", cancellationToken);

    public async Task<RemovedImage> RemoveAsync(string text, bool force, CancellationToken cancellationToken = default)
    {
        using HttpRequestMessage request = new(HttpMethod.Delete, Images + Query(("image", text), ("force", force ? "1" : "0")));
        return await worker.AnswerAsync(request, ImagesJson.Default.RemovedImage, cancellationToken).ConfigureAwait(false);
    }

    public async Task<RemovedImage> PruneAsync(bool all, Func<ImageSummary, bool> selected, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ImageSummary> images = await ListAsync(cancellationToken).ConfigureAwait(false);
        PruneRequest request = new(all, [.. images.Where(selected).Select(image => image.Manifest.Digest).Distinct()]);
        return await worker.SendAsync(HttpMethod.Post, $"{Images}/prune", request, ImagesJson.Default.PruneRequest, ImagesJson.Default.RemovedImage, cancellationToken).ConfigureAwait(false);
    }

    public async Task<PulledImage> PullAsync(string text, Platform? platform, LazyMode lazy, Action<LayerProgress> progress, CancellationToken cancellationToken = default)
    {
        string path = $"{Images}/pull{Query(("image", text), ("platform", platform?.ToString()), ("lazy", lazy.ToString()))}";
        return (await TransferAsync(path, content: null, step => Report(step, progress), cancellationToken).ConfigureAwait(false)).Pulled ?? throw NoResult();
    }

    public Task<IReadOnlyList<string>> ListTagsAsync(string repository, CancellationToken cancellationToken = default) =>
        worker.ReadAsync($"{Images}/tags{Query(("image", repository))}", ImagesJson.Default.IReadOnlyListString, cancellationToken);

    public async Task<PushedImage> PushAsync(string text, Action<Descriptor, BlobWriting> progress, CancellationToken cancellationToken = default) =>
        (await TransferAsync(
            $"{Images}/push{Query(("image", text))}",
            content: null,
            step =>
            {
                if (step is { Blob: { } blob, Writing: { } writing })
                {
                    progress(blob, writing);
                }
            },
            cancellationToken).ConfigureAwait(false)).Pushed ?? throw NoResult();

    public Task<CommittedImage> CommitAsync(IContainers containers, Container container, string? name, CommitOptions options, bool pauses, CancellationToken cancellationToken = default) => worker.SendAsync(
        HttpMethod.Post, $"hearth/v1/containers/{container.Id}/commit", new CommitRequest(name, options, pauses), ImagesJson.Default.CommitRequest, ImagesJson.Default.CommittedImage, cancellationToken);

    public Task<IReadOnlyList<LayerIndexEntry>> ListIndexesAsync(string text, CancellationToken cancellationToken = default) =>
        worker.ReadAsync($"{Indexes}{Query(("image", text))}", ImagesJson.Default.IReadOnlyListLayerIndexEntry, cancellationToken);

    public async Task<PushedIndex> PushIndexAsync(string text, CancellationToken cancellationToken = default)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"{Indexes}/push{Query(("image", text))}");
        return await worker.AnswerAsync(request, ImagesJson.Default.PushedIndex, cancellationToken).ConfigureAwait(false);
    }

    public Task<ImageTrace> ReadTraceAsync(string text, CancellationToken cancellationToken = default) =>
        worker.ReadAsync($"{Traces}{Query(("image", text))}", ImagesJson.Default.ImageTrace, cancellationToken);

    public Task RemoveTraceAsync(string text, CancellationToken cancellationToken = default) => worker.SendAsync(HttpMethod.Delete, $"{Traces}{Query(("image", text))}", cancellationToken);

    public async Task SaveAsync(IReadOnlyList<string> texts, ArchiveFormat format, Platform? platform, Stream target, CancellationToken cancellationToken = default)
    {
        (string, string?)[] values = [.. texts.Select(text => ("image", (string?)text)), ("format", format.ToString()), ("platform", platform?.ToString())];
        using HttpRequestMessage request = new(HttpMethod.Get, $"{Images}/archive{Query(values)}");
        using HttpResponseMessage answer = await worker.OpenAsync(request, cancellationToken).ConfigureAwait(false);
        await using Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        byte[] buffer = new byte[64 << 10];
        while (await ReadAsync(body, buffer, cancellationToken).ConfigureAwait(false) is > 0 and int count)
        {
            await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyList<LoadedImage>> LoadAsync(string? path, Stream input, Platform? platform, Action<LayerProgress> progress, CancellationToken cancellationToken = default)
    {
        await using Stream archive = path is null ? input : OpenFile(path);
        TransferStep end = await TransferAsync($"{Images}/load{Query(("platform", platform?.ToString()))}", new StreamContent(archive), step => Report(step, progress), cancellationToken).ConfigureAwait(false);
        return end.Loaded ?? throw NoResult();
    }

    public async Task<Digest> ImportAsync(
        string origin, Stream archive, string? name, IReadOnlyList<string> changes, string? message, Platform? platform, CancellationToken cancellationToken = default)
    {
        (string, string?)[] values = [("origin", origin), ("name", name), ("message", message), ("platform", platform?.ToString()), .. changes.Select(change => ("change", (string?)change))];
        return (await TransferAsync($"{Images}/import{Query(values)}", new StreamContent(archive), _ => { }, cancellationToken).ConfigureAwait(false)).Imported ?? throw NoResult();
    }

    /// <summary>Sends a request whose answer is a line for each step.</summary>
    /// <returns>The last.</returns>
    private async Task<TransferStep> TransferAsync(string path, HttpContent? content, Action<TransferStep> report, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = content };
        using HttpResponseMessage answer = await worker.OpenAsync(request, cancellationToken).ConfigureAwait(false);
        using StreamReader lines = new(await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        TransferStep last = new();
        while (await ReadLineAsync(lines, cancellationToken).ConfigureAwait(false) is { Length: > 0 } line)
        {
            last = JsonSerializer.Deserialize(line, ImagesJson.Default.TransferStep)!;
            if (last is { Error: { } error, Message: { } sentence })
            {
                throw new HearthException(Enum.TryParse(error, out HearthError kind) ? kind : HearthError.Unexpected, sentence);
            }

            report(last);
        }

        return last;
    }

    private static void Report(TransferStep step, Action<LayerProgress> progress)
    {
        if (step.Layer is { } layer)
        {
            progress(layer);
        }
    }

    private HearthException NoResult() => worker.Lost("what it had taken stays, and the command can be repeated");

    private async Task<int> ReadAsync(Stream body, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw worker.Lost("the archive is incomplete; repeat the command");
        }
    }

    private static async Task<string?> ReadLineAsync(StreamReader lines, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return null;
        }
    }

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot load '{path}': {exception.Message}", exception);
        }
    }

    private static string Query(params (string Name, string? Value)[] values) =>
        "?" + string.Join('&', values.Where(value => value.Value is not null).Select(value => $"{value.Name}={Uri.EscapeDataString(value.Value!)}"));
}
