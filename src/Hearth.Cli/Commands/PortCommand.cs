using System.Globalization;
using Hearth.Client;
using Hearth.CommandLine;
using Hearth.Containers;
using Hearth.Records.Recovery;
using Hearth.Rendering;

namespace Hearth.Cli.Commands;

/// <summary><c>hearth port</c>: the published ports of a container.</summary>
internal sealed class PortCommand(CommandContext context, GlobalFlags global)
{
    private readonly Argument<string> reference = Argument.One("CONTAINER");
    private readonly Argument<string?> port = Argument.Optional("PORT[/PROTOCOL]");

    public Command Create() => new Command("port", "List the published ports of a running container")
    {
        Usage = "CONTAINER [PORT[/PROTOCOL]]",
        Examples = [("hearth port web", "all ports"), ("hearth port web 80", "where the container's port 80/tcp is published")],
    }.WithArguments(reference, port)
        .WithAction(line => ContainerCommands.AttemptAsync(context, () => ShowAsync(line)));

    private async Task<int> ShowAsync(ParsedLine line)
    {
        IContainers service = ContainerCommands.Open(context, global, line);
        (Container container, _, RunResources? resources) = await service.FindAsync(line.GetValue(reference));
        IReadOnlyList<PortMapping> mappings = resources?.Ports ?? [];
        string? wanted = line.GetValue(port) is { } text ? Normalize(text) : null;
        PortMapping[] found = [.. mappings.Where(mapping => wanted is null || wanted == NameOf(mapping))];
        if (wanted is not null && found.Length == 0)
        {
            await context.Error.WriteLineAsync($"hearth: port {wanted} of '{container.Name}' is not published; 'hearth port {container.Name}' lists those that are");
            return 1;
        }

        foreach (PortMapping mapping in found)
        {
            foreach (HostPort host in HostPort.Of(mapping))
            {
                await context.Output.WriteLineAsync(wanted is null ? $"{NameOf(mapping)} -> {host}" : $"{host}");
            }
        }

        return 0;
    }

    private static string NameOf(PortMapping mapping) => string.Create(CultureInfo.InvariantCulture, $"{mapping.ContainerPort}/{mapping.Protocol}");

    private static string Normalize(string text)
    {
        string[] parts = text.Split('/', 2);
        string protocol = parts.Length > 1 ? parts[1].ToLowerInvariant() : "tcp";
        return ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) && number > 0 && protocol is "tcp" or "udp"
            ? $"{number}/{protocol}"
            : throw new UsageException($"invalid port '{text}': give one such as 80 or 53/udp");
    }
}
