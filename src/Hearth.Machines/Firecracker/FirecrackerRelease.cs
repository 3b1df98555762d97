namespace Hearth.Machines.Firecracker;

/// <summary>
/// The release of Firecracker that Hearth is made for and the guest kernel that belongs to it. The worker image and the
/// local harness carry the same values, and a test compares them with these.
/// </summary>
internal static class FirecrackerRelease
{
    /// <summary>Tagged in September 2025; newer ones are taken too.</summary>
    internal const string Version = "1.13.1";

    /// <summary>The releases whose own binaries Hearth was run with, the default first.</summary>
    internal static readonly string[] Tried = [Version, "1.16.1"];

    /// <summary>Of Firecracker's own continuous integration, everything built in; its folder for 1.13 holds no such kernel.</summary>
    internal const string KernelVersion = "5.10.223";

    /// <summary>The folder that holds it.</summary>
    internal const string KernelFolder = "v1.10";

    /// <summary>SHA-256 of the x86-64 vmlinux. The bucket publishes no digests; this is what its users have recorded independently.</summary>
    internal const string KernelDigest = "22847375721aceea63d934c28f2dfce4670b6f52ec904fae19f5145a970c1e65";
}
