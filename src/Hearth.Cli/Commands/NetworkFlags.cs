using Hearth.Cli.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary>The flags of <c>run</c> and <c>create</c> for the container's network.</summary>
internal sealed class NetworkFlags
{
    private static readonly (string Word, NetworkMode Meaning)[] modes = [("auto", NetworkMode.Auto), ("nat", NetworkMode.Nat), ("none", NetworkMode.None)];

    private readonly Flag<NetworkMode?> mode = Flag.OptionalChoice("--network",
        $"nat is a bridge with masquerading, none only loopback; auto is nat\nwhere the host can, else none\n(default ${ContainerDescription.NetworkVariable}, else auto)",
        modes);

    private readonly Flag<string?> address = Flag.Text("--ip", "ADDRESS", "IPv4 address of the container (default any free one)");

    private readonly Flag<string?> hardwareAddress = Flag.Text("--mac-address", "MAC", "MAC address (default: follows from the IPv4 address)");

    private readonly Flag<string[]> hosts = Flag.List("--add-host", "NAME:ADDRESS", "add a line to /etc/hosts; host-gateway means the host's address");

    private readonly Flag<bool> denies = Flag.Choice("--egress",
        "what happens to connections that no --allow or --deny names\n(default allow)", ("allow", false), ("deny", true));

    private readonly Flag<string[]> allow = Flag.List("--allow", "TARGET",
        "allow connections to a network (10.0.0.0/8), a name (example.org,\n*.example.org) or the host's own services (host), each also :PORT");

    private readonly Flag<string[]> deny = Flag.List("--deny", "TARGET", "deny connections, also those that --allow names");

    private readonly Flag<ByteSize?> rate = Flag.Size("--network-rate", "most bytes per second that the container sends, and that it receives");

    private readonly Flag<ByteSize?> burst = Flag.Size("--network-burst", "what may pass at once after a pause\n(default a tenth of a second of the rate)");

    public Flag[] All => [mode, address, hardwareAddress, hosts, denies, allow, deny, rate, burst];

    /// <exception cref="UsageException">A value is invalid, or a flag needs a network and there is none.</exception>
    public NetworkOptions Read(ParsedLine line, Func<string, string?> environment)
    {
        NetworkOptions options = new()
        {
            Mode = line.GetValue(mode) ?? ModeOfCaller(environment),
            Address = line.GetValue(address),
            HardwareAddress = line.GetValue(hardwareAddress),
            Hosts = [.. line.GetValue(hosts).Select(ReadHost)],
            DeniesEgress = line.GetValue(denies),
            Allow = line.GetValue(allow),
            Deny = line.GetValue(deny),
            Rate = line.GetValue(rate),
            Burst = line.GetValue(burst),
        };
        if (options.Mode == NetworkMode.None && NeedsNetwork(options))
        {
            throw new UsageException("a container with --network none has no addresses, names, limits or egress policy: use --network nat, or leave these flags out");
        }

        return options.Burst is not null && options.Rate is null
            ? throw new UsageException("--network-burst needs a --network-rate")
            : options;
    }

    private static bool NeedsNetwork(NetworkOptions options) =>
        options.Address is not null || options.HardwareAddress is not null || options.DeniesEgress || options.Rate is not null
        || options.Hosts.Count + options.Allow.Count + options.Deny.Count > 0;

    private static NetworkMode ModeOfCaller(Func<string, string?> environment)
    {
        string? word = environment(ContainerDescription.NetworkVariable);
        int choice = string.IsNullOrEmpty(word) ? 0 : Array.FindIndex(modes, mode => mode.Word == word);
        return choice >= 0
            ? modes[choice].Meaning
            : throw new UsageException($"the variable {ContainerDescription.NetworkVariable} is '{word}': use {string.Join(", ", modes.Select(mode => mode.Word))}");
    }

    /// <summary>docker's form: NAME:ADDRESS or NAME=ADDRESS, an IPv6 address also in brackets.</summary>
    private static HostEntry ReadHost(string text)
    {
        int end = text.IndexOfAny([':', '=']);
        string target = end > 0 ? text[(end + 1)..].Trim('[', ']') : "";
        return target.Length > 0 && !text.Any(char.IsWhiteSpace)
            ? new HostEntry(text[..end], target)
            : throw new UsageException($"invalid host '{text}': give NAME:ADDRESS, such as db:172.29.0.10");
    }
}
