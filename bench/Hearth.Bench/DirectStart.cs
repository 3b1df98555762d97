using System.Text.Json;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Bench;

/// <summary>
/// The peer of <c>hearth run</c>: QEMU started by a plain command line with an image that was packed beforehand, the same
/// kernel, init and modules; only the few messages that a process needs, then the end of QEMU's process.
/// </summary>
internal sealed class DirectStart : IDisposable
{
    private readonly string image;
    private readonly string kernel;
    private readonly string initramfs;
    private readonly string directory;

    private DirectStart(string directory, string image, string kernel, string initramfs)
    {
        this.directory = directory;
        this.image = image;
        this.kernel = kernel;
        this.initramfs = initramfs;
    }
}
