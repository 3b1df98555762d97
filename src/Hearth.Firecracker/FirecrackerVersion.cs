using System.Diagnostics.CodeAnalysis;

namespace Hearth.Firecracker;

/// <summary>
/// A release number, and the facts known about that release. The oldest supported release is 1.13: earlier ones are no longer
/// maintained and were never tested with this library. Newer releases are supported, because the requests have stayed the same.
/// </summary>
/// <param name="Text">The number as Firecracker writes it, such as <c>1.14.0-dev</c>.</param>
/// <param name="Number">The number without the suffix of a custom build.</param>
public sealed record FirecrackerVersion(string Text, Version Number)
{
    /// <summary>The interrupts 5 to 23 of the virtual board, minus one for the generation counter (VMGenID).</summary>
    public const int MostDeviceSlots = 18;

    /// <summary>The first release with a second clock for guests (VMClock), which takes an interrupt like a device.</summary>
    private static readonly Version secondClock = new(1, 14);

    /// <summary>
    /// The first release whose resume request never returns (Firecracker's issue 6074): 1.16.0 and 1.16.1, and no later release
    /// is known to fix it.
    /// </summary>
    private static readonly Version endlessResume = new(1, 16);

    /// <summary>The oldest release that this library supports.</summary>
    public static Version Oldest { get; } = new(1, 13);

    public bool IsSupported => Number >= Oldest;

    /// <summary>The number of devices that a microVM may have.</summary>
    public int DeviceSlots => Number >= secondClock ? MostDeviceSlots - 1 : MostDeviceSlots;

    /// <summary>Whether a microVM that was paused through the API can be resumed.</summary>
    public bool CanResume => Number < endlessResume;

    /// <summary>Parses a release number.</summary>
    /// <param name="text">The text that <see cref="FirecrackerClient.GetVersionAsync"/> returns.</param>
    /// <param name="version">The release, supported or not.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out FirecrackerVersion? version)
    {
        // A custom build appends a suffix to the number: 1.14.0-dev.
        version = Version.TryParse(text.Split('-', '+')[0], out Version? number) ? new FirecrackerVersion(text, number) : null;
        return version is not null;
    }

    /// <summary>
    /// The known vulnerabilities of this release, one sentence each. CVE-2026-5747, in PCI devices, is not among them: it
    /// affects only processes with <c>--enable-pci</c>.
    /// </summary>
    /// <param name="jailed">True if Firecracker's jailer starts the process.</param>
    public IReadOnlyList<string> KnownHoles(bool jailed) =>
        jailed && (Number <= new Version(1, 13, 1) || Number == new Version(1, 14, 0))
            ? [$"the jailer of Firecracker {Text} follows symbolic links unsafely (CVE-2026-1386): update to 1.13.2, or 1.14.1 and later"]
            : [];
}
