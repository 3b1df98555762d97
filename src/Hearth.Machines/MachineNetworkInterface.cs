using System.Globalization;
using Hearth.Machines.Kernel;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines;

/// <summary>
/// A virtio network device. Its other end is a tap: an interface of the host that the caller creates, attaches and removes. The
/// tap must exist, in the <see cref="MachineConfiguration.NetworkNamespace"/>, and no other process may have it open. A jailed
/// Firecracker opens the tap as the user of <see cref="MachineConfinement"/>, so this user must be the tap's owner. For QEMU this
/// program opens it.
/// </summary>
/// <param name="Id">
/// The device's id for the VMM: 1 to 20 letters, digits and underscores, a letter first (QEMU accepts no others). No drive and no
/// other interface has the same.
/// </param>
/// <param name="TapName">
/// The tap's name: 1 to 15 printable ASCII characters, without slash, comma, colon and percent sign; empty with a <see cref="Socket"/>.
/// </param>
/// <param name="HardwareAddress">The guest's hardware address (MAC): 6 bytes, neither multicast nor all zero.</param>
public sealed record MachineNetworkInterface(string Id, string TapName, IReadOnlyList<byte> HardwareAddress)
{
    /// <summary>The module of the guest's driver.</summary>
    public const string GuestModule = KernelFeatures.VirtioNet;

    /// <summary>
    /// A connected Unix stream socket that carries the frames instead of a tap, each after its length in 4 bytes, as passt(1) does. The
    /// caller keeps ownership. Firecracker has nothing of the kind.
    /// </summary>
    public SafeFileHandle? Socket { get; init; }

    /// <summary>The hardware address in the form of VMMs: <c>02:00:00:00:00:01</c>.</summary>
    internal string HardwareAddressText => string.Join(':', HardwareAddress.Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));
}
