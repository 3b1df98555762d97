using System.Text;
using Hearth.Linux;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <content>What a running guest loses if another program flushes nftables or deletes the bridge.</content>
public sealed partial class BridgeNetwork
{
    /// <summary>The kernel stores an interface's name with zeros to this length.</summary>
    private const int InterfaceNameBytes = 16;

    /// <summary>
    /// Whether a guest is still attached, and its rules are still in the tables. Takes microseconds. Single rules that somebody has
    /// removed from the chains are not noticed.
    /// </summary>
    /// <exception cref="NetworkException">The kernel refuses the question.</exception>
    public bool IsIntact(NetworkAttachment attachment)
    {
        try
        {
            using RouteSocket socket = RouteSocket.Open();
            if (Links.Find(socket, attachment.TapName) is not { } tap)
            {
                // Nobody can attach a machine to another tap: this is not to be repaired.
                return true;
            }

            using RouteSocket filters = RouteSocket.OpenForFilters();
            byte[] name = new byte[InterfaceNameBytes];
            Encoding.ASCII.GetBytes(attachment.TapName, name);
            return tap.Master != 0
                && NfElements.Exists(filters, NfElements.InetFamily, bridge, PolicyChains.KeptSet, attachment.Ipv4.GetAddressBytes())
                && NfElements.Exists(filters, NfElements.BridgeFamily, bridge, LinkRules.TapSet, name);
        }
        catch (LinuxException failure)
        {
            throw new NetworkException(NetworkError.Refused, $"cannot check the rules of '{attachment.TapName}': {failure.Message}", failure);
        }
    }

    /// <summary>
    /// Creates again what is missing of the bridge, the tables and a guest's rules. A guest with a policy may connect nowhere until
    /// <see cref="SetPolicy"/>.
    /// </summary>
    /// <param name="attachment">The guest.</param>
    /// <param name="request">What it got.</param>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public void Restore(NetworkAttachment attachment, AttachRequest request) => Locked($"restore the rules of '{attachment.TapName}'", (socket, tables) =>
    {
        if (Links.Find(socket, attachment.TapName) is not { } tap)
        {
            return false;
        }

        (LinkInfo own, string create, _) = SetUp(socket, tables);
        Guest guest = attachment.Guest;
        Execute(
            tables,
            create + links.Add(guest) + routes.Add(guest) + (request.Rate is { } rate ? links.Limit(guest.Tap, rate) : "")
                + routes.Relay(guest, request.RelayedPorts) + routes.Publish(guest, request.Ports, isKnown: true) + routes.Keep(guest),
            $"restore the rules of '{guest.Tap}'");
        if (tap.Master != own.Index)
        {
            Links.SetMaster(socket, tap.Index, own.Index);
        }

        return true;
    });

    /// <summary>How many packets a guest's limits have dropped: of those that it sent, and of those that were sent to it. Zero without limits.</summary>
    public (long Sent, long Received) CountLimited(NetworkAttachment attachment)
    {
        using NfTables tables = OpenTables();
        long[] counts = [.. links.ListDropped(attachment.TapName).Select(command => tables.TryList(command) is { } json ? ElementReader.PacketsOf(json) : 0)];
        return (counts[0], counts[1]);
    }
}
