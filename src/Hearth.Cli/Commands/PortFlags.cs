using Hearth.Cli.Values;
using Hearth.CommandLine;
using Hearth.Containers;

namespace Hearth.Cli.Commands;

/// <summary>The flags of <c>run</c> and <c>create</c> for published ports.</summary>
internal sealed class PortFlags
{
    private readonly Flag<PortMapping[]> publish = Flag.ListOf("--publish", "[[IP:]HOSTPORT:]PORT",
        "lead a port of the host to one of the container, also a range and\nwith /udp; without HOSTPORT or with 0, a free one", PortArgument.Parse, "-p");

    private readonly Flag<string[]> expose = Flag.ListOf("--expose", "PORT", "note that the container listens there; see -P", PortArgument.ParseExposed);

    private readonly Flag<bool> publishAll = Flag.Switch("--publish-all", "lead free ports of the host to all exposed ports", "-P");

    private readonly Flag<bool> loopback = Flag.Switch("--publish-loopback", "published ports also reach servers that listen only on the\ncontainer's own 127.0.0.1; they see the host's address");

    public Flag[] All => [publish, publishAll, expose, loopback];

    /// <exception cref="UsageException">A port is published twice.</exception>
    public NetworkOptions Read(ParsedLine line, NetworkOptions options)
    {
        PortMapping[] ports = line.GetValue(publish);
        if (ports.Where(port => port.HostPort > 0).GroupBy(port => (port.HostAddress, port.HostPort, port.Protocol)).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UsageException($"port {twice.Key.HostPort}/{twice.Key.Protocol} of the host is published twice: choose another for one of them");
        }

        return options with
        {
            Ports = ports,
            ExposedPorts = [.. line.GetValue(expose).Distinct()],
            PublishesExposedPorts = line.GetValue(publishAll),
            PublishesLoopback = line.GetValue(loopback),
        };
    }
}
