using System.Globalization;

namespace Hearth.Network;

/// <summary>What docker's options of a network of the driver bridge change.</summary>
public sealed record BridgeOptions
{
    private const string MtuOption = "com.docker.network.driver.mtu";
    private const string MasqueradeOption = "com.docker.network.bridge.enable_ip_masquerade";
    private const string NeighboursOption = "com.docker.network.bridge.enable_icc";

    /// <summary>Every network has IPv6, which needs this (RFC 8200).</summary>
    private const int SmallestMtu = 1280;

    /// <summary>Jumbo frames.</summary>
    private const int LargestMtu = 9000;

    /// <summary>Options that Hearth honours only in these values: with others, the host would be more open than was requested.</summary>
    private static readonly Dictionary<string, string[]> usual = new()
    {
        ["com.docker.network.bridge.host_binding_ipv4"] = ["", "0.0.0.0"],
        ["com.docker.network.bridge.gateway_mode_ipv4"] = ["", "nat"],
        ["com.docker.network.bridge.gateway_mode_ipv6"] = ["", "nat"],
        ["com.docker.network.bridge.inhibit_ipv4"] = ["", "false"],
        ["com.docker.network.enable_ipv4"] = ["", "true"],
    };

    /// <summary>The largest packet in bytes, without the Ethernet header; 0 for the kernel's usual one.</summary>
    public int Mtu { get; private init; }

    /// <summary>Whether what leaves the network has an address of the host.</summary>
    public bool Masquerades { get; private init; } = true;

    /// <summary>Whether guests reach each other, also without published ports.</summary>
    public bool ConnectsGuests { get; private init; } = true;

    /// <summary>The options that have no effect.</summary>
    public static IEnumerable<string> FindIgnored(IReadOnlyDictionary<string, string> options) =>
        options.Keys.Where(name => name is not (MtuOption or MasqueradeOption or NeighboursOption) && !usual.ContainsKey(name));

    /// <exception cref="NetworkException">A value is invalid, or cannot be honoured.</exception>
    public static BridgeOptions Parse(IReadOnlyDictionary<string, string> options)
    {
        foreach ((string name, string value) in options)
        {
            if (usual.TryGetValue(name, out string[]? values) && !values.Contains(value))
            {
                throw Invalid(name, value, $"there is only '{values[1]}'");
            }
        }

        return new BridgeOptions
        {
            Mtu = ReadMtu(options.GetValueOrDefault(MtuOption, "0")),
            Masquerades = ReadSwitch(options, MasqueradeOption),
            ConnectsGuests = ReadSwitch(options, NeighboursOption),
        };
    }

    private static int ReadMtu(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int bytes) && bytes is 0 or >= SmallestMtu and <= LargestMtu
        ? bytes
        : throw Invalid(MtuOption, text, $"use a number of bytes from {SmallestMtu} to {LargestMtu}");

    /// <summary>Reads a truth value as Go does.</summary>
    private static bool ReadSwitch(IReadOnlyDictionary<string, string> options, string name) => options.GetValueOrDefault(name, "true") switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        var other => throw Invalid(name, other, "use true or false"),
    };

    private static NetworkException Invalid(string name, string value, string remedy) => new(NetworkError.InvalidRequest, $"cannot use the option {name}={value}: {remedy}");
}
