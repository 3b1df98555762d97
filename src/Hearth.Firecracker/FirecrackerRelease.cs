namespace Hearth.Firecracker;

/// <summary>The release of Firecracker that this library is made for, and the guest kernel that belongs to it.</summary>
public static class FirecrackerRelease
{
    /// <summary>Tagged in September 2025; newer ones work too.</summary>
    public const string Version = "1.13.1";

    /// <summary>Of Firecracker's own continuous integration, everything built in; its folder for 1.13 holds no such kernel.</summary>
    public const string KernelVersion = "5.10.223";

    /// <summary>The folder of the continuous integration's files that holds the kernel.</summary>
    public const string KernelFolder = "v1.10";

    /// <summary>SHA-256 of the x86-64 vmlinux. The bucket publishes no digests; this is what its users have recorded independently.</summary>
    public const string KernelDigest = "22847375721aceea63d934c28f2dfce4670b6f52ec904fae19f5145a970c1e65";

    /// <summary>The releases whose own binaries Hearth was run with, the default first.</summary>
    public static IReadOnlyList<string> Tried { get; } = [Version, "1.16.1"];
}
