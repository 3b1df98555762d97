using System.Globalization;
using Hearth.Containers;
using Hearth.Containers.Health;

namespace Hearth.Rendering;

/// <summary>A container as a line of <c>ps</c>; the names are docker's, for templates and scripts.</summary>
public sealed record ContainerRow(
    string ID, string Names, string Root, string Command, string CreatedAt, string RunningFor, string State, string Status, string Ports, string Labels)
{
    /// <summary>What it occupies on the host's disk, and in brackets with its image; empty if that was not asked for.</summary>
    public string Size { get; init; } = "";

    private const int ShortIdLength = 12;
    private const int ShortCommandLength = 20;

    /// <param name="container">The record.</param>
    /// <param name="ports">The ports of the host that lead to it.</param>
    /// <param name="now">The time from which spans count.</param>
    /// <param name="isWhole">Whether nothing is truncated.</param>
    public static ContainerRow Of(Container container, IReadOnlyList<PortMapping> ports, DateTimeOffset now, bool isWhole)
    {
        ContainerDescription description = container.Description;
        string command = string.Join(' ', description.Spec.Process!.Args);
        return new ContainerRow(
            isWhole ? description.Id : description.Id[..ShortIdLength],
            description.Name,
            description.Spec.Root!.Path,
            $"\"{(isWhole || command.Length <= ShortCommandLength ? command : command[..(ShortCommandLength - 1)] + "…")}\"",
            Timestamps.Go(description.Created),
            $"{Span(now - description.Created)} ago",
            StateOf(container.State.Status),
            StatusOf(container.State, now),
            HostPort.Summary(ports, container.State.Status == ContainerStatus.Running ? description.Network.ExposedPorts : []),
            string.Join(',', description.Labels.Select(label => $"{label.Key}={label.Value}")));
    }

    /// <param name="own">Its bytes on the host's disk.</param>
    /// <param name="whole">The same with its image.</param>
    public ContainerRow WithSize(long own, long whole) => this with { Size = $"{new ByteSize(own).ToDecimal()} (virtual {new ByteSize(whole).ToDecimal()})" };

    /// <summary>docker's words: "2 minutes", "About an hour".</summary>
    internal static string Span(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => "Less than a second",
        { TotalSeconds: < 2 } => "1 second",
        { TotalSeconds: < 60 } => Number(time.TotalSeconds, "seconds"),
        { TotalMinutes: < 2 } => "About a minute",
        { TotalMinutes: < 60 } => Number(time.TotalMinutes, "minutes"),
        { TotalHours: < 2 } => "About an hour",
        { TotalHours: < 48 } => Number(time.TotalHours, "hours"),
        { TotalDays: < 14 } => Number(time.TotalDays, "days"),
        { TotalDays: < 60 } => Number(time.TotalDays / 7, "weeks"),
        { TotalDays: < 730 } => Number(time.TotalDays / 30, "months"),
        _ => Number(time.TotalDays / 365, "years"),
    };

    private static string StateOf(ContainerStatus status) => status.ToString().ToLowerInvariant();

    private static string StatusOf(ContainerState state, DateTimeOffset now) => state.Status switch
    {
        ContainerStatus.Running => $"Up {Span(now - state.StartedAt!.Value)}{Health(state.Health)}",
        ContainerStatus.Paused => $"Up {Span(now - state.StartedAt!.Value)} (Paused)",
        ContainerStatus.Exited => string.Create(CultureInfo.InvariantCulture, $"Exited ({state.ExitCode}) {Span(now - state.FinishedAt!.Value)} ago"),
        _ => "Created",
    };

    private static string Health(ContainerHealth? health) => health switch
    {
        null => "",
        { Status: HealthStatus.Starting } => " (health: starting)",
        { Status: var status } => $" ({status.ToString().ToLowerInvariant()})",
    };

    private static string Number(double amount, string unit) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(amount):0} {unit}");
}
