using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Volumes;
using Hearth.Machines.Kernel;

namespace Hearth.Keeper.Parts.Volumes;

/// <summary>What volumes and shares require of the guest's kernel. Firecracker's kernels before its release 1.16 have no FUSE.</summary>
internal static class KernelNeeds
{
    public const string Share = "fuse";
    public const string Volume = "ext4";

    /// <summary>
    /// Adapts a description to a kernel. Without FUSE, host directories that may be snapshots become snapshots, with a warning
    /// each.
    /// </summary>
    /// <exception cref="HearthException">The kernel lacks a feature that cannot be replaced.</exception>
    public static ContainerDescription Settle(ContainerDescription description, KernelEntry kernel, List<Diagnostic> diagnostics)
    {
        if (kernel.Mounts(Volume) == false && description.Volumes.FirstOrDefault(mount => mount.Kind == VolumeKind.Volume) is { } volume)
        {
            throw new HearthException(
                HearthError.KernelUnavailable, $"cannot mount the volume '{volume.Source}': the kernel '{kernel.Name}' has no ext4 (CONFIG_EXT4_FS); use one that has it ('hearth kernel list')");
        }

        VolumeMount[] shares = [.. description.Volumes.Where(mount => mount.Kind == VolumeKind.Bind)];
        if (kernel.Mounts(Share) != false || shares.Length == 0)
        {
            return description; // A kernel with unknown features reports itself what it lacks.
        }

        if (shares.FirstOrDefault(share => !share.MayBeSnapshot) is { } refused)
        {
            throw new HearthException(
                HearthError.KernelUnavailable,
                $"cannot share '{refused.Source}' with the guest: the kernel '{kernel.Name}' has no FUSE (CONFIG_FUSE_FS, module fuse); use one that has it ('hearth kernel list'), or use a read-only snapshot of the directory (':ro', for a bundle also --allow-snapshot-binds)");
        }

        diagnostics.AddRange(Diagnostic.Warnings(DiagnosticCode.ShareIsSnapshot, shares.Select(share =>
            $"'{share.Source}' on '{share.Destination}' is a snapshot, since the kernel '{kernel.Name}' has no FUSE (CONFIG_FUSE_FS): what the guest writes there goes to its own layer, and never to the host")));
        return description with
        {
            Volumes = [.. description.Volumes.Except(shares)],
            Rootfs = description.Rootfs with
            {
                Binds = [.. description.Rootfs.Binds, .. shares.Select(share => new RootfsBind(share.Destination, share.Source, share.Recursive) { IsWritable = !share.ReadOnly, Options = share.Options })],
            },
        };
    }
}
