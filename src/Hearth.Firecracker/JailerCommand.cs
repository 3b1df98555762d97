using System.Globalization;

namespace Hearth.Firecracker;

/// <summary>
/// One start of Firecracker's jailer: its arguments, and the jail that it creates (Firecracker's docs/jailer.md). The jail is
/// <c>BASE/NAME OF THE PROGRAM/ID</c>, and <c>root</c> in it becomes Firecracker's root directory. The jailer copies the program
/// into it, creates the devices, joins the network namespace, switches to the user, and executes Firecracker.
/// </summary>
public sealed record JailerCommand
{
    /// <summary>The name of the jailer's file in a release.</summary>
    public const string ProgramName = "jailer";

    /// <summary>The jailer's default.</summary>
    public const string DefaultBaseDirectory = "/srv/jailer";

    /// <summary>The text that must be part of the program's name; the jailer refuses other programs.</summary>
    public const string NamePart = "firecracker";

    private const string RootName = "root";

    /// <summary>1 to 64 letters, digits and dashes.</summary>
    public required string Id { get; init; }

    /// <summary>The absolute path of Firecracker's file, not of a link to it: the jail is named after the file.</summary>
    public required string FirecrackerPath { get; init; }

    public required uint UserId { get; init; }

    public required uint GroupId { get; init; }

    /// <summary>The directory of all jails, on a file system that is mounted neither noexec nor nodev.</summary>
    public string BaseDirectory { get; init; } = DefaultBaseDirectory;

    /// <summary>A network namespace for Firecracker, such as /run/netns/NAME; null for the caller's.</summary>
    public string? NetworkNamespacePath { get; init; }

    /// <summary>The jail's directory on this host.</summary>
    public string Directory => DirectoryOf(BaseDirectory, FirecrackerPath, Id);

    /// <summary>Firecracker's root directory as the host sees it.</summary>
    public string Root => Path.Combine(Directory, RootName);

    /// <summary>The directory of an id's jail on this host, whether it exists or not.</summary>
    public static string DirectoryOf(string baseDirectory, string firecrackerPath, string id) =>
        Path.Combine(Path.GetFullPath(baseDirectory), Path.GetFileName(firecrackerPath), id);

    /// <summary>
    /// The paths where a release has the jailer, the most likely first: beside Firecracker, with the same suffix or none.
    /// </summary>
    public static IReadOnlyList<string> PathsBeside(string firecrackerPath)
    {
        string directory = Path.GetDirectoryName(firecrackerPath)!;
        string name = Path.GetFileName(firecrackerPath);
        int part = name.IndexOf(NamePart, StringComparison.Ordinal);
        string suffix = part < 0 ? "" : name[(part + NamePart.Length)..];
        return [Path.Combine(directory, ProgramName + suffix), Path.Combine(directory, ProgramName)];
    }

    /// <summary>Builds the jailer's arguments.</summary>
    /// <param name="firecracker">Firecracker's own arguments, without its id: the jailer passes the id on.</param>
    public IReadOnlyList<string> Compose(params IEnumerable<string> firecracker) =>
    [
        "--id", Id,
        "--exec-file", FirecrackerPath,
        "--uid", Number(UserId),
        "--gid", Number(GroupId),
        "--chroot-base-dir", Path.GetFullPath(BaseDirectory),
        .. NetworkNamespacePath is string network ? ["--netns", network] : Array.Empty<string>(),
        "--",
        .. firecracker,
    ];

    private static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
