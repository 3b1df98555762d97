using Hearth.Containers;
using Hearth.Distribution.References;
using Hearth.Records.Events;

namespace Hearth.Client.Images;

/// <summary>Writes the events of images, as docker's. If an event cannot be written, the operation still succeeds.</summary>
internal sealed class ImageEvents(HearthDirectories directories, TimeProvider clock)
{
    private readonly EventJournal journal = new(directories, clock);

    /// <param name="action">One of <see cref="EventAction"/>.</param>
    /// <param name="image">The image's id.</param>
    /// <param name="labels">The image's; null for none.</param>
    /// <param name="name">Null for the id.</param>
    public void Report(string action, Digest image, IReadOnlyDictionary<string, string>? labels = null, string? name = null) => Append(action, image.ToString(), name ?? image.ToString(), labels);

    /// <summary>A pull or a push, of which docker has the name instead of the id.</summary>
    /// <param name="action">One of <see cref="EventAction"/>.</param>
    /// <param name="name">The image's name.</param>
    /// <param name="labels">The image's; null for none.</param>
    public void Report(string action, ImageReference name, IReadOnlyDictionary<string, string>? labels) => Append(action, name.Familiar, name.FamiliarRepository, labels);

    private void Append(string action, string id, string name, IReadOnlyDictionary<string, string>? labels) => journal.Append(ContainerEvent.Of(
        EventType.Image, action, id, clock.GetUtcNow(), [.. labels ?? new Dictionary<string, string>(), new(EventAttribute.Name, name)]));
}
