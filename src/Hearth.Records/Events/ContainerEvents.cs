using System.Globalization;
using Hearth.Containers;
using Hearth.Containers.Reports;

namespace Hearth.Records.Events;

/// <summary>Writes the events of containers. If an event cannot be written, the operation still succeeds.</summary>
public sealed class ContainerEvents(HearthDirectories directories, TimeProvider clock)
{
    private readonly EventJournal journal = new(directories, clock);

    /// <param name="container">The container of the event.</param>
    /// <param name="action">One of <see cref="EventAction"/>.</param>
    /// <param name="attributes">Attributes in addition to the container's own.</param>
    public void Report(ContainerDescription container, string action, params IEnumerable<(string Name, string Value)> attributes) =>
        journal.Append(ContainerEvent.Of(EventType.Container, action, container.Id, clock.GetUtcNow(),
        [
            .. container.Labels,
            new(EventAttribute.Name, container.Name),
            new(EventAttribute.Image, container.Spec.Root!.Path),
            .. attributes.Select(attribute => KeyValuePair.Create(attribute.Name, attribute.Value)),
        ]));

    /// <summary>Reports an event of a container whose record cannot be read: its name, image and labels are not known.</summary>
    /// <param name="id">The whole id.</param>
    /// <param name="action">One of <see cref="EventAction"/>.</param>
    public void ReportUnreadable(string id, string action) => journal.Append(ContainerEvent.Of(EventType.Container, action, id, clock.GetUtcNow(), []));

    public static (string Name, string Value) ExitCode(int code) => (EventAttribute.ExitCode, code.ToString(CultureInfo.InvariantCulture));

    public static IEnumerable<(string Name, string Value)> Of(DeniedConnection denied) =>
    [
        (EventAttribute.Destination, denied.Destination),
        (EventAttribute.Protocol, denied.Protocol),
        (EventAttribute.Port, denied.Port.ToString(CultureInfo.InvariantCulture)),
        (EventAttribute.Count, denied.Count.ToString(CultureInfo.InvariantCulture)),
    ];

    public static (string Name, string Value) Signal(int signal) => (EventAttribute.Signal, signal.ToString(CultureInfo.InvariantCulture));

    public static (string Name, string Value) OldName(string name) => (EventAttribute.OldName, name);

    public static (string Name, string Value) ExecId(string id) => (EventAttribute.ExecId, id);
}
