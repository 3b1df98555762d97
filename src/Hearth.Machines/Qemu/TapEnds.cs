using Hearth.Linux;
using Hearth.Linux.Network;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines.Qemu;

/// <summary>The process's ends of a machine's taps, or its sockets instead. QEMU inherits them; this program closes its own copies after the start.</summary>
internal sealed class TapEnds : IDisposable
{
    private const string TapKind = "tun";

    private readonly List<SafeFileHandle> handles = [];
    private readonly List<SafeFileHandle> opened = [];

    private TapEnds()
    {
    }

    /// <summary>The ends in the order of the interfaces.</summary>
    internal IReadOnlyList<SafeFileHandle> Handles => handles;

    /// <summary>Opens the taps.</summary>
    /// <param name="interfaces">The interfaces.</param>
    /// <param name="path">The file of the network namespace; null for this thread's.</param>
    /// <exception cref="MachineException">A tap does not exist, or cannot be opened; then all others are closed again.</exception>
    internal static TapEnds Open(IReadOnlyList<MachineNetworkInterface> interfaces, string? path)
    {
        if (path is null)
        {
            return Open(interfaces);
        }

        using NetworkNamespace inside = NetworkNamespace.TryOpen(path, out string? obstacle)
            ?? throw new MachineException(MachineError.InvalidConfiguration, $"cannot open the taps in the network namespace {path}: {obstacle}");
        return inside.Run(() => Open(interfaces));
    }

    public void Dispose() => opened.ForEach(handle => handle.Dispose());

    private static TapEnds Open(IReadOnlyList<MachineNetworkInterface> interfaces)
    {
        TapEnds ends = new();
        try
        {
            foreach (MachineNetworkInterface each in interfaces)
            {
                if (each.Socket is null)
                {
                    ends.opened.Add(Open(each));
                }

                ends.handles.Add(each.Socket ?? ends.opened[^1]);
            }

            return ends;
        }
        catch
        {
            ends.Dispose();
            throw;
        }
    }

    private static SafeFileHandle Open(MachineNetworkInterface each)
    {
        string act = $"cannot open the tap {each.TapName} of the network interface {each.Id}";
        try
        {
            RequireTap(each.TapName, act);
            return TapDevices.Open(each.TapName);
        }
        catch (LinuxException busy) when (busy.Errno == Errno.EBUSY)
        {
            throw new MachineException(
                MachineError.VmmFailed, $"{act}: it is in use; give each machine a tap of its own, or end the process that has this one open", busy);
        }
        catch (Exception failure) when (failure is LinuxException or IOException or UnauthorizedAccessException)
        {
            throw new MachineException(MachineError.VmmFailed, $"{act}: {failure.Message}; it needs root and /dev/net/tun", failure);
        }
    }

    /// <summary>Without this check, opening a tap that does not exist would create one that is connected to nothing.</summary>
    private static void RequireTap(string name, string act)
    {
        using RouteSocket socket = RouteSocket.Open();
        string? obstacle = Links.Find(socket, name) switch
        {
            null => "there is no interface of this name; create it first",
            { Kind: TapKind } => null,
            _ => "the interface of this name is not a tap; use the name of a tap",
        };
        if (obstacle is not null)
        {
            throw new MachineException(MachineError.InvalidConfiguration, $"{act}: {obstacle}");
        }
    }
}
