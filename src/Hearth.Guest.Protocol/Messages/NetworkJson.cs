using System.Text.Json;

namespace Hearth.Guest.Protocol.Messages;

/// <summary>The guest's networks as JSON. Reading and writing have the same order of members.</summary>
internal static class NetworkJson
{
    private const int HardwareAddressBytes = 6;
    private const int Ipv4Bytes = 4;
    private const int Ipv6Bytes = 16;
    private const int BitsInByte = 8;

    public static void Write(Utf8JsonWriter writer, GuestNetwork network)
    {
        writer.WriteMembersList("interfaces", network.Interfaces, WriteInterface);
        writer.WriteString("resolverConfiguration", network.ResolverConfiguration);
        writer.WriteMembersList("hosts", network.Hosts, static (writer, entry) =>
        {
            writer.WriteString("address", entry.Address);
            writer.WriteString("name", entry.Name);
        });
    }

    public static GuestNetwork Read(JsonMembers members) => new(
        members.MembersList("interfaces", ReadInterface),
        members.Text("resolverConfiguration"),
        members.MembersList("hosts", static entry => new GuestHostEntry(entry.Text("address"), entry.Text("name"))));

    public static void WriteInterface(Utf8JsonWriter writer, GuestInterface given)
    {
        writer.WriteBase64String("hardwareAddress", given.HardwareAddress);
        writer.WriteBase64String("newHardwareAddress", given.NewHardwareAddress);
        writer.WriteNumber("maximumTransmissionUnit", given.MaximumTransmissionUnit);
        writer.WriteMembersList("addresses", given.Addresses, static (writer, address) =>
        {
            writer.WriteBase64String("address", address.Address);
            writer.WriteNumber("prefixLength", address.PrefixLength);
        });
        writer.WriteMembersList("routes", given.Routes, static (writer, route) =>
        {
            writer.WriteBase64String("destination", route.Destination);
            writer.WriteNumber("prefixLength", route.PrefixLength);
            writer.WriteBase64String("gateway", route.Gateway);
            writer.WriteBase64String("source", route.Source);
            writer.WriteNumber("metric", route.Metric);
            writer.WriteBoolean("isOnLink", route.IsOnLink);
        });
        writer.WriteBoolean("hasAllRoutes", given.HasAllRoutes);
        writer.WriteMembersList("neighbours", given.Neighbours, static (writer, neighbour) =>
        {
            writer.WriteBase64String("address", neighbour.Address);
            writer.WriteBase64String("hardwareAddress", neighbour.HardwareAddress);
        });
    }

    public static GuestInterface ReadInterface(JsonMembers members) => new(
        HardwareAddress(members, "hardwareAddress"),
        (int)members.Int64("maximumTransmissionUnit", 0, int.MaxValue),
        members.MembersList("addresses", ReadAddress),
        members.MembersList("routes", ReadRoute))
    {
        NewHardwareAddress = members.Bytes("newHardwareAddress").Length == 0 ? [] : HardwareAddress(members, "newHardwareAddress"),
        HasAllRoutes = members.Flag("hasAllRoutes"),
        Neighbours = members.MembersList(
            "neighbours", static neighbour => new GuestNeighbour(Address(neighbour, "address"), HardwareAddress(neighbour, "hardwareAddress"))),
    };

    private static GuestAddress ReadAddress(JsonMembers members)
    {
        byte[] address = Address(members, "address");
        return new GuestAddress(address, PrefixLength(members, address));
    }

    private static GuestRoute ReadRoute(JsonMembers members)
    {
        byte[] destination = Address(members, "destination");
        int length = PrefixLength(members, destination);
        return new GuestRoute(destination, length, OfFamily(members, "gateway", destination))
        {
            Source = OfFamily(members, "source", destination),
            Metric = members.UInt32("metric"),
            IsOnLink = members.Flag("isOnLink"),
        };
    }

    /// <returns>The address; empty for none.</returns>
    private static byte[] OfFamily(JsonMembers members, string name, byte[] destination)
    {
        byte[] address = members.Bytes(name);
        return address.Length == 0 || address.Length == destination.Length
            ? address
            : throw JsonMembers.Refuse($"'{name}' is not of the destination's family");
    }

    private static byte[] HardwareAddress(JsonMembers members, string name) => members.Bytes(name) is { Length: HardwareAddressBytes } address
        ? address
        : throw JsonMembers.Refuse($"'{name}' has not 6 bytes");

    private static byte[] Address(JsonMembers members, string name) => members.Bytes(name) is { Length: Ipv4Bytes or Ipv6Bytes } address
        ? address
        : throw JsonMembers.Refuse($"'{name}' has neither 4 nor 16 bytes");

    private static int PrefixLength(JsonMembers members, byte[] address) => (int)members.Int64("prefixLength", 0, address.Length * BitsInByte);
}
