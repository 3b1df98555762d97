using Hearth.Linux;

namespace Hearth.Fuse.Protocol;

/// <summary>Where replies go: a device descriptor, or any other way back to the kernel that asked. Safe for many threads.</summary>
internal interface IReplySink
{
    /// <summary>Sends one whole reply.</summary>
    /// <returns>ENOENT where nobody waits for it any more; ENODEV and ECONNABORTED where the mount is gone.</returns>
    Errno Send(ReadOnlySpan<byte> reply);
}
