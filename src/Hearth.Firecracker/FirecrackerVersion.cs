using System.Diagnostics.CodeAnalysis;

namespace Hearth.Firecracker;

/// <summary>
/// A release's number, and what is known of that release. The oldest supported one is 1.13: earlier ones are no longer
/// maintained and were never tried here. Newer ones are supported, since the requests made of them have stayed the same.
/// </summary>
/// <param name="Text">As Firecracker writes it, such as <c>1.14.0-dev</c>.</param>
/// <param name="Number">Without what a build of one's own appends.</param>
public sealed record FirecrackerVersion(string Text, Version Number)
{
    /// <summary>Interrupts 5 to 23 of the virtual board, of which the generation counter takes one.</summary>
    public const int MostDeviceSlots = 18;

    /// <summary>Has a second clock for guests (VMClock), which takes an interrupt as a device does.</summary>
    private static readonly Version secondClock = new(1, 14);

    /// <summary>Its 1.16.0 and 1.16.1 never return from resuming (its issue 6074), and no later release is known to.</summary>
    private static readonly Version endlessResume = new(1, 16);

    /// <summary>The oldest release that this library supports.</summary>
    public static Version Oldest { get; } = new(1, 13);

    public bool IsSupported => Number >= Oldest;

    /// <summary>Devices that a microVM may have.</summary>
    public int DeviceSlots => Number >= secondClock ? MostDeviceSlots - 1 : MostDeviceSlots;

    /// <summary>Whether a microVM that was paused through the API can be resumed.</summary>
    public bool CanResume => Number < endlessResume;

    /// <param name="text">As <see cref="FirecrackerClient.GetVersionAsync"/> returns it.</param>
    /// <param name="version">The release, supported or not.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out FirecrackerVersion? version)
    {
        // A build of one's own appends to the number: 1.14.0-dev.
        version = Version.TryParse(text.Split('-', '+')[0], out Version? number) ? new FirecrackerVersion(text, number) : null;
        return version is not null;
    }

    /// <summary>
    /// Known vulnerabilities of this release, a sentence each. CVE-2026-5747, in PCI devices, is not among them: it concerns
    /// processes with <c>--enable-pci</c> only.
    /// </summary>
    /// <param name="jailed">Whether Firecracker's jailer starts it.</param>
    public IReadOnlyList<string> KnownHoles(bool jailed) =>
        jailed && (Number <= new Version(1, 13, 1) || Number == new Version(1, 14, 0))
            ? [$"The jailer of Firecracker {Text} follows symbolic links that it should not (CVE-2026-1386): update to 1.13.2, or 1.14.1 and later."]
            : [];
}
