using System.Globalization;
using Hearth.Machines.Console;

namespace Hearth.Machines.Qemu;

/// <summary>
/// Resets an emulated guest whose kernel misjudged its timer, as often as that happens before the guest has opened its channel.
/// </summary>
/// <remarks>
/// A guest of the machine type microvm has one timer, the processor's own (local APIC): its ACPI is of the reduced kind, with
/// which Linux takes neither the PIT nor a PM timer. Under emulation nothing tells that timer's speed, so the kernel measures it
/// for 100 ms against the time-stamp counter (calibrate_APIC_clock in arch/x86/kernel/apic/apic.c). Both clocks go on while
/// QEMU has to wait for a processor of the host. Where it waits through the whole measure, the timer seems to stand still: the
/// kernel goes on without any, and hangs for ever where it first waits for the time; or its waits cost interrupts by the hundred.
/// A second start measures again. KVM's guests measure nothing, and so say nothing.
/// </remarks>
internal sealed class TimerCheck(QmpClient control, ConsoleLog console)
{
    /// <summary>Around what the kernel found, in MHz, on its console with loglevel=5 and apic=verbose.</summary>
    internal const string BeforeSpeed = "host bus clock speed is ";
    private const string AfterSpeed = ".";

    /// <summary>QEMU's timer runs at 1000 MHz. What seems slower is set again whenever it fires early, which costs time.</summary>
    private const int LeastMHz = 250;

    /// <summary>What seems faster fires late: sleeps last up to half again as long.</summary>
    private const int MostMHz = 1500;

    /// <summary>Waited for from before the first byte of the console.</summary>
    private Task<string> measured = console.Expect(BeforeSpeed, AfterSpeed);

    /// <summary>Ends when the guest has opened its channel, which is long after the measure, or with QEMU.</summary>
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

    /// <summary>With -no-reboot, a reset ends QEMU: this one shall not, and those that follow shall again.</summary>
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
            // The watch ends with QEMU, too.
        }
    }
}
