using System.Globalization;
using Hearth.Machines.Console;

namespace Hearth.Machines.Qemu;

/// <summary>
/// Resets an emulated guest whose kernel misjudged its timer, every time that happens before the guest has opened its channel.
/// </summary>
/// <remarks>
/// A guest of the machine type microvm has one timer, the processor's (local APIC). Its ACPI is the hardware-reduced variant, with
/// which Linux uses neither the PIT nor a PM timer. Under emulation, nothing reports that timer's speed. So the kernel measures it
/// for 100 ms against the time-stamp counter (calibrate_APIC_clock in arch/x86/kernel/apic/apic.c). Both clocks continue while
/// QEMU waits for a processor of the host. If it waits during the whole measurement, the timer seems to be stopped. Then the
/// kernel continues without a timer and hangs for ever at its first wait; or its waits cost hundreds of interrupts. A second
/// start measures again. Guests under KVM do not measure, and so log nothing.
/// </remarks>
internal sealed class TimerCheck(QmpClient control, ConsoleLog console)
{
    /// <summary>The text before the measured speed in MHz, on the kernel's console with loglevel=5 and apic=verbose.</summary>
    internal const string BeforeSpeed = "host bus clock speed is ";
    private const string AfterSpeed = ".";

    /// <summary>QEMU's timer runs at 1000 MHz. If it seems slower, it fires early and is set again each time, which costs time.</summary>
    private const int LeastMHz = 250;

    /// <summary>If the timer seems faster, it fires late: up to this limit, sleeps last up to 50 % longer.</summary>
    private const int MostMHz = 1500;

    /// <summary>The measured speed; this wait begins before the console's first byte.</summary>
    private Task<string> measured = console.Expect(BeforeSpeed, AfterSpeed);

    /// <summary>Runs until the guest has opened its channel, which is long after the measurement, or until QEMU ends.</summary>
    /// <exception cref="MachineException">QEMU cannot reset the machine.</exception>
    internal async Task WatchAsync()
    {
        Task over = Task.WhenAny(control.GuestConnected, control.Ended);
        while (await Task.WhenAny(measured, over).ConfigureAwait(false) == measured)
        {
            string speed = await measured.ConfigureAwait(false);
            measured = console.Expect(BeforeSpeed, AfterSpeed);
            if (int.TryParse(speed, NumberStyles.None, CultureInfo.InvariantCulture, out int foundMHz) && foundMHz is < LeastMHz or > MostMHz)
            {
                await ResetAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Resets the machine. With -no-reboot a reset ends QEMU, so this is turned off for this reset and then on again.</summary>
    private async Task ResetAsync()
    {
        try
        {
            await control.ExecuteAsync("set-action", CancellationToken.None, ("reboot", "reset")).ConfigureAwait(false);
            await control.ExecuteAsync("system_reset", CancellationToken.None).ConfigureAwait(false);
            await control.ExecuteAsync("set-action", CancellationToken.None, ("reboot", "shutdown")).ConfigureAwait(false);
        }
        catch (MachineException ended) when (ended.Error == MachineError.MachineEnded)
        {
            // QEMU has ended; then WatchAsync ends too.
        }
    }
}
