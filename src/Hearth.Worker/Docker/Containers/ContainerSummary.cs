using System.Globalization;
using Hearth.Containers;
using Hearth.Records.Recovery;
using Hearth.Rendering;
using Hearth.Worker.Docker.Restarts;

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

    /// <summary>Null unless it was asked for.</summary>
    public long? SizeRw { get; init; }

    public long? SizeRootFs { get; init; }

    public static ContainerSummary Of(Container container, RunResources? resources, DateTimeOffset now, Func<string, string> idOfNetwork, ContainerSizes? sizes, RestartState restarts)
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
            State = restarts.IsWaiting ? RestartState.Word : row.State,
            Status = restarts.IsWaiting ? string.Create(CultureInfo.InvariantCulture, $"Restarting ({container.State.ExitCode})") : row.Status,
            HostConfig = new HostSummary(HostDetails.ModeOf(description.Network)),
            NetworkSettings = new NetworksSummary(network.Networks),
            Mounts = MountView.AllOf(description),
            SizeRw = sizes?.Own,
            SizeRootFs = sizes?.Whole,
        };
    }
}

internal sealed record HostSummary(string NetworkMode);

internal sealed record NetworksSummary(IReadOnlyDictionary<string, EndpointDetails> Networks);

/// <summary>docker's <c>Port</c>.</summary>
internal sealed record PortSummary(string? IP, int PrivatePort, int? PublicPort, string Type)
{
    /// <returns>Nothing for a text that is no port: the record of another version hides no other container.</returns>
    public static IEnumerable<PortSummary> Of(string port, IReadOnlyList<HostPort>? hosts)
    {
        string[] parts = port.Split('/');
        return !ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort inner) || parts.Length != 2 ? []
            : hosts is null ? [new PortSummary(null, inner, null, parts[1])]
            : hosts.Select(host => new PortSummary(host.HostIp, inner, int.Parse(host.Port, CultureInfo.InvariantCulture), parts[1]));
    }
}
