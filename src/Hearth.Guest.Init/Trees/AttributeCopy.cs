using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Trees;

/// <summary>Copies the owner, mode, extended attributes and times of a file to another. For one thread.</summary>
internal sealed class AttributeCopy
{
    private const int MaxAttributeBytes = 64 << 10;
    private const uint PermissionBits = 0xfff;

    private readonly byte[] names = new byte[MaxAttributeBytes];
    private readonly byte[] value = new byte[MaxAttributeBytes];

    /// <summary>The prefix of overlayfs's own attributes, which are valid in one layer only.</summary>
    private static ReadOnlySpan<byte> OverlayPrefix => "trusted.overlay."u8;

    /// <summary>
    /// Copies in the order that keeps everything: the owner first, since a change of owner clears set-id bits and capabilities, and
    /// times last, since every other change sets them. An extended attribute that the target's file system does not support is
    /// left out.
    /// </summary>
    /// <param name="source">The open source.</param>
    /// <param name="target">The open target, of the same type.</param>
    /// <param name="status">The source's status.</param>
    /// <exception cref="LinuxException">An attribute cannot be set.</exception>
    internal void Copy(SafeFileHandle source, SafeFileHandle target, in NodeStatus status)
    {
        Demand(NodeChanges.TrySetOwner(target, status.Uid, status.Gid), "fchownat");
        if (status.Type != NodeTypes.SymbolicLink)
        {
            Demand(NodeChanges.TrySetMode(target, status.Mode & PermissionBits), "chmod");
        }

        Errno errno = HeldAttributes.TryList(source, names, out int length);
        for (int start = 0; errno == Errno.None && start < length;)
        {
            ReadOnlySpan<byte> name = names.AsSpan(start, names.AsSpan(start).IndexOf((byte)0));
            start += name.Length + 1;
            if (!name.StartsWith(OverlayPrefix) && HeldAttributes.TryGet(source, name, value, out int size) == Errno.None)
            {
                _ = HeldAttributes.TrySet(target, name, value.AsSpan(0, size), flags: 0);
            }
        }

        Demand(NodeChanges.TrySetTimes(target, status.Accessed, status.Modified), "utimensat");
    }

    private static void Demand(Errno errno, string call)
    {
        if (errno != Errno.None)
        {
            throw new LinuxException(call, errno, "attributes of the image");
        }
    }
}
