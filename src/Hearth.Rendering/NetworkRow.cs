using Hearth.Records.Networks;

namespace Hearth.Rendering;

/// <summary>A network as a line of <c>network ls</c>; the names are docker's, for templates and scripts.</summary>
public sealed record NetworkRow(string ID, string Name, string Driver, string Scope, string IPv6, string Internal, string Labels, string CreatedAt)
{
    private const int ShortIdLength = 12;
    private const string Yes = "true";
    private const string No = "false";

    public static NetworkRow Of(NetworkEntry entry, bool isWhole) => new(
        isWhole ? entry.Id : entry.Id[..ShortIdLength],
        entry.Name,
        NetworkStore.Driver,
        NetworkDetails.HostScope,
        Yes,
        entry.IsInternal ? Yes : No,
        string.Join(',', entry.Labels.Select(label => $"{label.Key}={label.Value}")),
        Timestamps.Go(entry.Created));
}
