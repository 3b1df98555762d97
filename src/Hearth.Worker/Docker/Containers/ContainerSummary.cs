using Hearth.Containers;
using Hearth.Records.Recovery;
using Hearth.Rendering;

namespace Hearth.Worker.Docker.Containers;

/// <summary>A container in docker's list.</summary>
internal sealed record ContainerSummary
{
    public required string Id { get; init; }

    public required IReadOnlyList<string> Names { get; init; }

    public required string Image { get; init; }

    public required string ImageID { get; init; }

    public required string Command { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required long Created { get; init; }

    public required IReadOnlyList<PortSummary> Ports { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public required string State { get; init; }

    public required string Status { get; init; }

    public required HostSummary HostConfig { get; init; }

    public required NetworksSummary NetworkSettings { get; init; }

    public required IReadOnlyList<MountView> Mounts { get; init; }

    public static ContainerSummary Of(Container container, RunResources? resources, DateTimeOffset now, Func<string, string> idOfNetwork)
    {
        ContainerDescription description = container.Description;
        ContainerRow row = ContainerRow.Of(container, [], now, isWhole: true);
        NetworkDetailsOfContainer network = NetworkDetailsOfContainer.Of(resources, description, idOfNetwork);
        return new ContainerSummary
        {
            Id = container.Id,
            Names = [$"/{container.Name}"],
            Image = description.Spec.Root!.Path,
            ImageID = description.Image?.Id ?? "",
            Command = row.Command.Trim('"'),
            Created = description.Created.ToUnixTimeSeconds(),
            Ports = [.. network.Ports.SelectMany(port => PortSummary.Of(port.Key, port.Value))],
            Labels = description.Labels,
            State = row.State,
            Status = row.Status,
            HostConfig = new HostSummary(HostDetails.ModeOf(description.Network)),
            NetworkSettings = new NetworksSummary(network.Networks),
            Mounts = MountView.AllOf(description),
        };
    }
}

internal sealed record HostSummary(string NetworkMode);

internal sealed record NetworksSummary(IReadOnlyDictionary<string, EndpointDetails> Networks);

/// <summary>docker's <c>Port</c>.</summary>
internal sealed record PortSummary(string? IP, int PrivatePort, int? PublicPort, string Type)
{
    public static IEnumerable<PortSummary> Of(string port, IReadOnlyList<HostPort>? hosts)
    {
        string[] parts = port.Split('/');
        int inner = int.Parse(parts[0]);
        return hosts is null ? [new PortSummary(null, inner, null, parts[1])] : hosts.Select(host => new PortSummary(host.HostIp, inner, int.Parse(host.Port), parts[1]));
    }
}
