namespace Hearth.Firecracker;

/// <summary>The release of Firecracker that this library is made for, and a guest kernel for it.</summary>
public static class FirecrackerRelease
{
    /// <summary>The default release, tagged in September 2025. Newer releases work too.</summary>
    public const string Version = "1.13.1";

    /// <summary>
    /// A kernel of Firecracker's own continuous integration, with all drivers built in. The integration's folder for 1.13 has no
    /// such kernel.
    /// </summary>
    public const string KernelVersion = "5.10.223";

    /// <summary>The folder with the kernel among the files of the continuous integration.</summary>
    public const string KernelFolder = "v1.10";

    /// <summary>
    /// SHA-256 of the x86-64 vmlinux. The bucket publishes no digests; several of its users have recorded this one independently.
    /// </summary>
    public const string KernelDigest = "22847375721aceea63d934c28f2dfce4670b6f52ec904fae19f5145a970c1e65";

    /// <summary>The releases whose official binaries Hearth was tested with, the default first.</summary>
    public static IReadOnlyList<string> Tried { get; } = [Version, "1.16.1"];
}
