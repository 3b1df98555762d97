namespace Hearth.Firecracker.Api;

/// <summary>A block device for <c>PUT /drives/{drive_id}</c>; before the start. The guest numbers drives in the order in which they came, a root device first.</summary>
public sealed record Drive
{
    /// <summary>Letters, digits and underscores.</summary>
    public required string DriveId { get; init; }

    /// <summary>True has Firecracker append <c>root=</c> to the kernel's command line; false for a guest with an initramfs of its own.</summary>
    public required bool IsRootDevice { get; init; }

    /// <summary>Needed for all but vhost-user drives.</summary>
    public string? PathOnHost { get; init; }

    /// <summary>Needed for all but vhost-user drives.</summary>
    public bool? IsReadOnly { get; init; }

    /// <summary>Of the boot partition; heeded for a root device only.</summary>
    public string? Partuuid { get; init; }

    public DriveCache? CacheType { get; init; }

    public DriveEngine? IoEngine { get; init; }

    public RateLimiter? RateLimiter { get; init; }

    /// <summary>The socket of a vhost-user back end, a developer preview.</summary>
    public string? Socket { get; init; }
}

/// <summary>What <c>PATCH /drives/{drive_id}</c> shall change; after the start. A new path has the guest see the file's new size.</summary>
public sealed record DriveUpdate
{
    public required string DriveId { get; init; }

    public string? PathOnHost { get; init; }

    public RateLimiter? RateLimiter { get; init; }
}

/// <summary>Whether a guest's flush reaches the host's disk.</summary>
public enum DriveCache
{
    /// <summary>No: flushes are not even offered.</summary>
    Unsafe,

    /// <summary>Yes.</summary>
    Writeback,
}

/// <summary>How Firecracker reads and writes a drive's file.</summary>
public enum DriveEngine
{
    /// <summary>In line, on the one thread that serves all devices.</summary>
    Sync,

    /// <summary>By io_uring, a developer preview.</summary>
    Async,
}
