namespace Hearth.Firecracker.Api;

/// <summary>
/// A block device: the body of <c>PUT /drives/{drive_id}</c>; legal before the start. The guest sees the drives in the order
/// of the requests, with a root device first.
/// </summary>
public sealed record Drive
{
    /// <summary>Letters, digits and underscores.</summary>
    public required string DriveId { get; init; }

    /// <summary>
    /// True makes Firecracker append <c>root=</c> to the kernel's command line; false for a guest whose initramfs mounts the root.
    /// </summary>
    public required bool IsRootDevice { get; init; }

    /// <summary>Required except for vhost-user drives.</summary>
    public string? PathOnHost { get; init; }

    /// <summary>Required except for vhost-user drives.</summary>
    public bool? IsReadOnly { get; init; }

    /// <summary>The unique id of the boot partition; used for a root device only.</summary>
    public string? Partuuid { get; init; }

    public DriveCache? CacheType { get; init; }

    public DriveEngine? IoEngine { get; init; }

    public RateLimiter? RateLimiter { get; init; }

    /// <summary>The socket of a vhost-user back end; a developer preview in Firecracker.</summary>
    public string? Socket { get; init; }
}

/// <summary>
/// Changes to a drive: the body of <c>PATCH /drives/{drive_id}</c>; legal after the start. After a change of the path, the
/// guest sees the new file's size.
/// </summary>
public sealed record DriveUpdate
{
    public required string DriveId { get; init; }

    public string? PathOnHost { get; init; }

    public RateLimiter? RateLimiter { get; init; }
}

/// <summary>Whether a guest's flush writes to the host's disk.</summary>
public enum DriveCache
{
    /// <summary>No; the device does not offer flushes to the guest.</summary>
    Unsafe,

    /// <summary>Yes.</summary>
    Writeback,
}

/// <summary>How Firecracker reads and writes a drive's file.</summary>
public enum DriveEngine
{
    /// <summary>Synchronously, on the one thread that serves all devices.</summary>
    Sync,

    /// <summary>With io_uring; a developer preview in Firecracker.</summary>
    Async,
}
