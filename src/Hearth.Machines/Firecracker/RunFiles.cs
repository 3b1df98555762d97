using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Firecracker;

/// <summary>
/// The sockets in a machine's run directory. Their paths go through a descriptor of that directory, which Firecracker inherits
/// under the same number: a socket's address is at most 107 bytes long, and a run directory's path may be longer.
/// </summary>
internal sealed class RunFiles : IDisposable
{
    private const string ApiName = "firecracker.sock";
    private const string VsockName = "vsock.sock";

    private readonly string directory;
    private readonly bool isRoot;

    private RunFiles(string directory, bool isRoot, SafeFileHandle descriptor)
    {
        this.directory = directory;
        this.isRoot = isRoot;
        Descriptor = descriptor;
    }

    /// <summary>The descriptor of the directory, which Firecracker must inherit.</summary>
    internal SafeFileHandle Descriptor { get; }

    /// <summary>The path of the API's socket for this program.</summary>
    internal string ApiSocket => $"{RootedPaths.NameOf(Descriptor)}/{ApiName}";

    /// <summary>The path of the API's socket for Firecracker.</summary>
    internal string ApiSocketInside => isRoot ? $"/{ApiName}" : ApiSocket;

    /// <summary>The path of the vsock device's socket for Firecracker.</summary>
    internal string VsockSocketInside => isRoot ? $"/{VsockName}" : VsockSocket;

    /// <summary>The path of the vsock device's socket for this program.</summary>
    internal string VsockSocket => $"{RootedPaths.NameOf(Descriptor)}/{VsockName}";

    /// <summary>Opens a run directory and removes the sockets of a killed program, since Firecracker does not replace them.</summary>
    /// <param name="directory">The directory of the sockets.</param>
    /// <param name="isRoot">True if it is Firecracker's root directory; Firecracker's paths then begin there.</param>
    /// <exception cref="MachineException">The directory does not exist, or a socket cannot be removed.</exception>
    internal static RunFiles Take(string directory, bool isRoot)
    {
        try
        {
            RunFiles files = new(directory, isRoot, RootedPaths.Hold(directory));
            files.RemoveSockets();
            return files;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MachineException(
                MachineError.InvalidConfiguration, $"cannot use the run directory {directory}: {failure.Message}", failure);
        }
    }

    /// <summary>Removes the sockets, which Firecracker does not remove.</summary>
    internal void RemoveSockets()
    {
        if (Directory.Exists(directory))
        {
            File.Delete(Path.Combine(directory, ApiName));
            File.Delete(Path.Combine(directory, VsockName));
        }
    }

    public void Dispose() => Descriptor.Dispose();
}
