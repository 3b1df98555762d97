using System.Text.Json;
using Hearth.Containers;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Images.Configuration;
using Hearth.Images.Configuration.Changes;
using Hearth.Images.Pulling;
using Hearth.Images.Store;

namespace Hearth.Images.Making;

/// <summary>
/// Makes an image of a container, as docker's <c>commit</c> does: the container's image with one more layer. A container of a directory
/// becomes an image of one layer. Layers of the container's image may be there only in parts. The image exists when its manifest has a name; what an interruption leaves is removed with unused blobs.
/// </summary>
/// <param name="store">Receives the image.</param>
/// <param name="clock">The time of the image.</param>
public sealed class ContainerCommit(ImageStore store, TimeProvider clock)
{
    /// <param name="container">The container.</param>
    /// <param name="name">The name that the image gets; null for none.</param>
    /// <param name="options">What the user says about it.</param>
    /// <param name="write">Writes the container's changes as a tar archive; for a container of a directory, all of its root.</param>
    /// <param name="cancellationToken">Stops; no image is made.</param>
    /// <returns>The digest of the configuration, by which docker identifies an image.</returns>
    /// <exception cref="ImageException">The store cannot be written, the container's image is not in it, or a change is wrong.</exception>
    public async Task<Digest> RunAsync(ContainerDescription container, ImageReference? name, CommitOptions options, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        store.Attempt<object?>("prepare", "a commit", () =>
        {
            store.Prepare();
            return null;
        });

        // Nothing is removed while the image is incomplete.
        using StoreGate gate = StoreGate.Share(store.Paths.Gate);
        (ImageManifest manifest, ImageConfiguration configuration) = ReadBase(container);
        ProcessConfiguration process = ConfigurationChanges.Apply(Join(ContainerDefaults.Of(container, configuration.Config ?? new ProcessConfiguration()), options.Configuration), options.Changes);
        bool isDocker = manifest.MediaType == MediaTypes.DockerManifest;
        MadeLayer? layer = await new LayerMaking(store, name?.Familiar ?? container.Name).RunAsync(write, isDocker ? MediaTypes.DockerLayerGzip : MediaTypes.OciLayerGzip, cancellationToken).ConfigureAwait(false);
        ImageConfiguration made = Extend(configuration, process, container, options, layer);
        Descriptor config = Write(isDocker ? MediaTypes.DockerConfiguration : MediaTypes.OciConfiguration, JsonSerializer.SerializeToUtf8Bytes(made, ImageJson.Default.ImageConfiguration));
        ImageManifest whole = new()
        {
            SchemaVersion = 2,
            MediaType = isDocker ? MediaTypes.DockerManifest : MediaTypes.OciManifest,
            Config = config,
            Layers = [.. manifest.Layers, .. layer is null ? Array.Empty<Descriptor>() : [layer.Blob]],
        };
        store.Name(name, Write(whole.MediaType, JsonSerializer.SerializeToUtf8Bytes(whole, ImageJson.Default.ImageManifest)), source: null);
        return config.Digest;
    }

    private (ImageManifest Manifest, ImageConfiguration Configuration) ReadBase(ContainerDescription container)
    {
        if (container.Image is not { } origin)
        {
            return (new ImageManifest(), new ImageConfiguration { Os = PlatformChoice.Host.Os, Architecture = PlatformChoice.Host.Architecture });
        }

        ImageManifest manifest = store.ReadManifest(Digest.Parse(origin.Manifest));
        return (manifest, store.ReadConfiguration(manifest, origin.Name));
    }

    /// <summary>What is given replaces what was there; variables, labels, ports and volumes are added, as docker does.</summary>
    private static ProcessConfiguration Join(ProcessConfiguration before, ProcessConfiguration? given) => given is null ? before : before with
    {
        User = string.IsNullOrEmpty(given.User) ? before.User : given.User,
        WorkingDirectory = string.IsNullOrEmpty(given.WorkingDirectory) ? before.WorkingDirectory : given.WorkingDirectory,
        Entrypoint = given.Entrypoint is { Count: > 0 } ? given.Entrypoint : before.Entrypoint,
        Cmd = given.Cmd is { Count: > 0 } ? given.Cmd : given.Entrypoint is { Count: > 0 } ? null : before.Cmd,
        Env = [.. (before.Env ?? []).Where(variable => given.Env?.Any(other => NameOf(other) == NameOf(variable)) != true), .. given.Env ?? []],
        ExposedPorts = Join(before.ExposedPorts, given.ExposedPorts),
        Volumes = Join(before.Volumes, given.Volumes),
        Labels = Join(before.Labels, given.Labels),
        StopSignal = string.IsNullOrEmpty(given.StopSignal) ? before.StopSignal : given.StopSignal,
        StopTimeout = given.StopTimeout ?? before.StopTimeout,
        Healthcheck = given.Healthcheck ?? before.Healthcheck,
        OnBuild = given.OnBuild ?? before.OnBuild,
    };

    private static string NameOf(string variable) => variable.Split('=', 2)[0];

    private static IReadOnlyDictionary<string, T>? Join<T>(IReadOnlyDictionary<string, T>? before, IReadOnlyDictionary<string, T>? given)
    {
        if (given is not { Count: > 0 })
        {
            return before;
        }

        Dictionary<string, T> joined = new(before ?? new Dictionary<string, T>(), StringComparer.Ordinal);
        foreach ((string name, T value) in given)
        {
            joined[name] = value;
        }

        return joined;
    }

    private ImageConfiguration Extend(ImageConfiguration configuration, ProcessConfiguration process, ContainerDescription container, CommitOptions options, MadeLayer? layer)
    {
        DateTimeOffset now = clock.GetUtcNow();
        HistoryEntry step = new()
        {
            Created = now, CreatedBy = string.Join(' ', container.Spec.Process?.Args ?? []), Author = options.Author, Comment = options.Message, EmptyLayer = layer is null,
        };
        return configuration with
        {
            Created = now,
            Author = options.Author ?? configuration.Author,
            Config = process,
            Rootfs = new RootfsConfiguration { DiffIds = [.. configuration.Rootfs?.DiffIds ?? [], .. layer is null ? Array.Empty<string>() : [layer.Content.ToString()]] },
            History = [.. configuration.History ?? [], step],
        };
    }

    private Descriptor Write(string mediaType, byte[] bytes)
    {
        Digest digest = Digest.Of(bytes);
        store.WriteBlob(digest, bytes);
        return new Descriptor { MediaType = mediaType, DigestText = digest.ToString(), Size = bytes.Length };
    }
}
