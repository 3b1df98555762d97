namespace Hearth.Machines.Firecracker;

/// <summary>
/// Which releases are taken, and what is known against some of them. The oldest taken is 1.13: what came before is no longer
/// maintained and was never tried here. Newer ones are taken, since the requests made of them have stayed the same.
/// </summary>
internal sealed record FirecrackerVersion(string Text, Version Number)
{
    /// <summary>Interrupts 5 to 23 of the virtual board, of which the generation counter takes one.</summary>
    internal const int MostDeviceSlots = 18;

    private static readonly Version Oldest = new(1, 13);

    /// <summary>Has a second clock for guests (VMClock), which takes an interrupt as a device does.</summary>
    private static readonly Version SecondClock = new(1, 14);

    /// <summary>Its 1.16.0 and 1.16.1 never come back from resuming (its issue 6074), and no later release is known to.</summary>
    private static readonly Version ResumingForEver = new(1, 16);

    /// <summary>Devices that a microVM may have.</summary>
    internal int DeviceSlots => Number >= SecondClock ? MostDeviceSlots - 1 : MostDeviceSlots;

    /// <summary>Whether a microVM that was paused through the API can be resumed.</summary>
    internal bool CanResume => Number < ResumingForEver;

    /// <exception cref="MachineException">It is no release's number, or too old.</exception>
    internal static FirecrackerVersion Accept(string text)
    {
        // A build of one's own appends to the number: 1.14.0-dev.
        if (!Version.TryParse(text.Split('-', '+')[0], out Version? number))
        {
            throw new MachineException(MachineError.VmmFailed, $"Firecracker calls its version '{text}', which is none.");
        }

        return number >= Oldest
            ? new FirecrackerVersion(text, number)
            : throw new MachineException(
                MachineError.VmmFailed, $"Firecracker {text} is too old: install {FirecrackerRelease.Version}; {Oldest} is the oldest that is taken.");
    }

    /// <summary>
    /// Known holes that this release has as it is used here. CVE-2026-5747, in PCI devices, is not among them:
    /// <c>--enable-pci</c> is never given.
    /// </summary>
    /// <param name="jailed">Whether Firecracker's jailer starts it.</param>
    internal IReadOnlyList<string> KnownHoles(bool jailed) =>
        jailed && (Number <= new Version(1, 13, 1) || Number == new Version(1, 14, 0))
            ? [$"The jailer of Firecracker {Text} follows symbolic links that it should not (CVE-2026-1386): update to 1.13.2, or 1.14.1 and later."]
            : [];
}
