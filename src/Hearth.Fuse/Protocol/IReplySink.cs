using Hearth.Linux;

namespace Hearth.Fuse.Protocol;

/// <summary>Where replies go: a device descriptor, or another channel to the kernel that sent the requests. Thread-safe.</summary>
internal interface IReplySink
{
    /// <summary>Sends one whole reply.</summary>
    /// <returns>ENOENT if no process waits for it any more; ENODEV or ECONNABORTED if the mount no longer exists.</returns>
    Errno Send(ReadOnlySpan<byte> reply);
}
