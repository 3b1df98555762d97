using System.Xml.Linq;

namespace Hearth.Architecture.Tests.Rules;

/// <summary>Rooms reference one another downward only, as docs/architecture.md draws it.</summary>
internal static class RoomReferences
{
    private static readonly string[] images = ["Hearth.Linux", "Hearth.FileTree"];
    private static readonly string[] beneathKeepers =
    [
        "Hearth.Linux", "Hearth.FileTree", "Hearth.DiskImages", "Hearth.Fuse", "Hearth.Shares", "Hearth.ControlGroups", "Hearth.Machines", "Hearth.Firecracker", "Hearth.Network", "Hearth.Guest.Protocol",
    ];

    private static readonly string[] all = [.. beneathKeepers, "Hearth.Tar", "Hearth.Containers", "Hearth.Records", "Hearth.Rootfs", "Hearth.Distribution", "Hearth.Layers", "Hearth.Images", "Hearth.Control", "Hearth.Keeper", "Hearth.Client", "Hearth.OciRuntime", "Hearth.Templates"];

    /// <summary>What each room may reference; a room that is not here may not be there either.</summary>
    private static readonly Dictionary<string, string[]> allowed = new()
    {
        ["Hearth.Linux"] = [],
        ["Hearth.Firecracker"] = [],
        ["Hearth.Guest.Protocol"] = [],
        ["Hearth.FileTree"] = ["Hearth.Linux"],
        ["Hearth.ControlGroups"] = ["Hearth.Linux"],
        ["Hearth.Fuse"] = ["Hearth.Linux"],
        ["Hearth.Shares"] = ["Hearth.Linux", "Hearth.Fuse"],
        ["Hearth.Tar"] = ["Hearth.Linux"],
        ["Hearth.Machines"] = ["Hearth.Linux", "Hearth.Firecracker"],
        ["Hearth.Network"] = ["Hearth.Linux"],
        ["Hearth.DiskImages"] = images,
        ["Hearth.Guest.Init"] = ["Hearth.Linux", "Hearth.Tar", "Hearth.Guest.Protocol"],
        ["Hearth.Containers"] = ["Hearth.Linux", "Hearth.Guest.Protocol", "Hearth.DiskImages", "Hearth.Machines"],
        ["Hearth.Records"] = ["Hearth.Linux", "Hearth.ControlGroups", "Hearth.Network", "Hearth.Containers"],
        ["Hearth.Rootfs"] = ["Hearth.Linux", "Hearth.FileTree", "Hearth.DiskImages", "Hearth.Fuse", "Hearth.Guest.Protocol", "Hearth.Machines", "Hearth.Containers"],
        ["Hearth.Templates"] = [],
        ["Hearth.CommandLine"] = ["Hearth.Containers", "Hearth.Templates"],
        ["Hearth.Distribution"] = ["Hearth.Linux", "Hearth.Tar"],
        ["Hearth.Layers"] = ["Hearth.Distribution", "Hearth.Linux", "Hearth.Tar", "Hearth.FileTree"],
        ["Hearth.Images"] = ["Hearth.Layers", "Hearth.Distribution", "Hearth.Linux", "Hearth.Tar", "Hearth.FileTree", "Hearth.DiskImages", "Hearth.Containers", "Hearth.Rootfs"],
        ["Hearth.Control"] = ["Hearth.Linux", "Hearth.Guest.Protocol", "Hearth.Containers"],
        ["Hearth.Keeper"] = [.. beneathKeepers, "Hearth.Tar", "Hearth.Containers", "Hearth.Records", "Hearth.Rootfs", "Hearth.Distribution", "Hearth.Images", "Hearth.Control"],
        ["Hearth.Client"] = ["Hearth.Linux", "Hearth.Tar", "Hearth.DiskImages", "Hearth.Guest.Protocol", "Hearth.Containers", "Hearth.Machines", "Hearth.Network", "Hearth.Records", "Hearth.Rootfs", "Hearth.Distribution", "Hearth.Images", "Hearth.Control"],
        ["Hearth.Remote"] = ["Hearth.Linux", "Hearth.Guest.Protocol", "Hearth.Containers", "Hearth.Records", "Hearth.Rootfs", "Hearth.Distribution", "Hearth.Images", "Hearth.Control", "Hearth.Client"],
        ["Hearth.OciRuntime"] = ["Hearth.Linux", "Hearth.ControlGroups", "Hearth.Guest.Protocol", "Hearth.Machines", "Hearth.Containers", "Hearth.Records", "Hearth.Control", "Hearth.Client"],
        ["Hearth.Admission"] = ["Hearth.Containers", "Hearth.Records"],
        ["Hearth.Hosting"] = ["Hearth.Linux", "Hearth.Containers"],
        ["Hearth.Rendering"] = all,
        ["Hearth.Cli"] = [.. all, "Hearth.CommandLine", "Hearth.Rendering", "Hearth.Remote"],
        ["Hearth.Worker"] = [.. all, "Hearth.Admission", "Hearth.CommandLine", "Hearth.Hosting", "Hearth.Rendering"],
    };

    public static IEnumerable<string> Violations(IEnumerable<SourceFile> projects) => projects.Where(project => project.IsProduct).SelectMany(Violations);

    /// <summary>Whether a room may use another.</summary>
    public static bool IsAllowed(string room, string used) => allowed.TryGetValue(room, out string[]? rooms) && rooms.Contains(used);

    private static IEnumerable<string> Violations(SourceFile project)
    {
        if (!allowed.TryGetValue(project.Name, out string[]? rooms))
        {
            return [$"{project.Path}: a room that the architecture does not know; draw it in docs/architecture.md and list it here"];
        }

        return
            from reference in XDocument.Parse(project.Text).Descendants("ProjectReference")
            let room = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)
            where !rooms.Contains(room)
            select $"{project.Path}: {project.Name} may not reference {room}";
    }
}
