namespace Hearth.Containers;

/// <summary>The image whose layers are a container's root.</summary>
/// <param name="Name">As docker shows it.</param>
/// <param name="Manifest">The digest of its manifest in the image store: <c>sha256:</c> and 64 hexadecimal digits.</param>
/// <param name="Id">The digest of its configuration, by which docker identifies an image.</param>
public sealed record ImageOrigin(string Name, string Manifest, string Id)
{
    /// <summary>How layers are fetched that the store has only in parts.</summary>
    public ImageFetchOptions Fetch { get; init => field = value ?? new ImageFetchOptions(); } = new();
}

/// <summary>How a run fetches layers that its store has only in parts.</summary>
public sealed record ImageFetchOptions
{
    /// <summary>How long a read waits for a registry that fails, unless the user chooses: some minutes, as long as a registry may restart.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromMinutes(10);

    /// <summary>False to fetch only what is read.</summary>
    public bool InBackground { get; init; } = true;

    /// <summary>False to go on lazily however long reads wait.</summary>
    public bool MayHurry { get; init; } = true;

    /// <summary>Whether to record what the start reads, as the image's trace.</summary>
    public bool RecordsTrace { get; init; }

    /// <summary>How long a read waits for a registry that fails; zero to fail at once.</summary>
    public TimeSpan Deadline { get; init; } = DefaultDeadline;
}
