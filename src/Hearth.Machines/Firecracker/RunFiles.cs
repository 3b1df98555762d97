using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Firecracker;

/// <summary>
/// The sockets in a machine's run directory. They are named through a descriptor of that directory, which Firecracker
/// inherits under the same number: a socket's address holds 107 bytes, and a run directory's path may be longer.
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

    /// <summary>To be passed on to Firecracker.</summary>
    internal SafeFileHandle Descriptor { get; }

    /// <summary>The API's socket, as this program names it.</summary>
    internal string ApiSocket => $"{RootedPaths.NameOf(Descriptor)}/{ApiName}";

    /// <summary>The same, as Firecracker names it.</summary>
    internal string ApiSocketInside => isRoot ? $"/{ApiName}" : ApiSocket;

    /// <summary>The vsock device's socket, as Firecracker names it.</summary>
    internal string VsockSocketInside => isRoot ? $"/{VsockName}" : VsockSocket;

    /// <summary>The vsock device's socket, as this program names it.</summary>
    internal string VsockSocket => $"{RootedPaths.NameOf(Descriptor)}/{VsockName}";

    /// <summary>Takes a run directory; sockets that a killed program left there go, for Firecracker does not replace them.</summary>
    /// <param name="directory">Where the sockets are.</param>
    /// <param name="isRoot">Whether it is Firecracker's root, which then names them by it.</param>
    /// <exception cref="MachineException">The directory is gone, or a socket cannot be removed.</exception>
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
            throw new MachineException(MachineError.InvalidConfiguration, $"The run directory {directory} cannot be used: {failure.Message}", failure);
        }
    }

    /// <summary>Removes the sockets; Firecracker leaves them.</summary>
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
