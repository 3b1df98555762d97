using System.Text.Json;
using System.Text.Json.Serialization;
using Hearth.Records.Networks;
using Hearth.Worker.Docker.Containers;

namespace Hearth.Worker.Docker.Networks;

/// <summary>docker's description of a new network. Names are always checked, and every network can be joined.</summary>
internal sealed record NetworkCreateRequest
{
    public string? Name { get; init; }

    public string? Driver { get; init; }

    public bool Internal { get; init; }

    public AddressesRequest? IPAM { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public bool? EnableIPv4 { get; init; }

    public bool? EnableIPv6 { get; init; }

    public bool? CheckDuplicate { get; init; }

    public bool? Attachable { get; init; }

    public string? Scope { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }

    private IReadOnlyList<RangeRequest> Ranges => IPAM?.Config ?? [];

    public NetworkRequest ToRequest() => new(Name ?? "")
    {
        Subnets = [.. Ranges.Select(range => range.Subnet).OfType<string>().Where(subnet => subnet.Length > 0)],
        Gateway = Ranges.Select(range => range.Gateway).FirstOrDefault(gateway => !string.IsNullOrEmpty(gateway) && !RangeRequest.IsIpv6(gateway)),
        IpRange = Ranges.Select(range => range.IPRange).FirstOrDefault(part => !string.IsNullOrEmpty(part) && !RangeRequest.IsIpv6(part)),
        Reserved = Ranges.SelectMany(range => range.AuxiliaryAddresses ?? []).Where(entry => !RangeRequest.IsIpv6(entry.Value ?? "")).GroupBy(entry => entry.Key, entry => entry.Value ?? "").ToDictionary(group => group.Key, group => group.Last()),
        IsInternal = Internal,
        Options = Options ?? new Dictionary<string, string>(),
        Labels = Labels ?? new Dictionary<string, string>(),
    };

    /// <returns>Warnings about what is not honoured.</returns>
    /// <exception cref="ApiException">The network would be another one.</exception>
    public IReadOnlyList<string> Check()
    {
        string act = $"create the network '{Name}'";
        if (Driver is not (null or "" or "default" or NetworkStore.Driver))
        {
            throw ApiException.BadRequest($"cannot {act}: there is no driver '{Driver}'; there is '{NetworkStore.Driver}'");
        }

        if (IPAM?.Driver is not (null or "" or "default"))
        {
            throw ApiException.BadRequest($"cannot {act}: there is no IPAM driver '{IPAM.Driver}'; there is 'default'");
        }

        if (Scope is not (null or "" or "local"))
        {
            throw ApiException.BadRequest($"cannot {act} with Scope '{Scope}': there are no clusters of daemons; there is 'local'");
        }

        if (EnableIPv4 == false)
        {
            throw ApiException.BadRequest($"cannot {act} with EnableIPv4 false: a network always has IPv4");
        }

        return
        [
            .. UnhonouredFields.Check(act, [.. Others ?? [], .. IPAM?.Others ?? [], .. Ranges.SelectMany(range => range.Others ?? [])]),
            .. ToRequest().IgnoredOptions.Select(name => $"Options {name} is ignored: Hearth does not know it"),
            .. EnableIPv6 == false ? ["EnableIPv6 false is ignored: a network always has IPv6"] : Array.Empty<string>(),
            .. Ranges.SelectMany(range => range.Ipv6Addresses).Select(address => $"{address} is ignored: a container's IPv6 address follows from its IPv4 address"),
            .. Ranges.Where(range => range.Gateway is { } gateway && RangeRequest.IsIpv6(gateway)).Select(range => $"Gateway {range.Gateway} is ignored: the first address of an IPv6 range is its gateway"),
        ];
    }
}

internal sealed record AddressesRequest
{
    public string? Driver { get; init; }

    public IReadOnlyList<RangeRequest>? Config { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

internal sealed record RangeRequest
{
    public string? Subnet { get; init; }

    public string? Gateway { get; init; }

    public string? IPRange { get; init; }

    public Dictionary<string, string?>? AuxiliaryAddresses { get; init; }

    /// <summary>What is requested of IPv6 addresses.</summary>
    [JsonIgnore]
    public IEnumerable<string> Ipv6Addresses =>
    [
        .. IPRange is { } part && IsIpv6(part) ? [$"IPRange {part}"] : Array.Empty<string>(),
        .. (AuxiliaryAddresses ?? []).Values.OfType<string>().Where(IsIpv6).Select(address => $"AuxiliaryAddresses {address}"),
    ];

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }

    public static bool IsIpv6(string address) => address.Contains(':', StringComparison.Ordinal);
}
