namespace Hearth.Machines.Qemu;

/// <summary>
/// Sends the kernel's SysRq keys on the guest's serial console: a break, then the key within five seconds
/// (Documentation/admin-guide/sysrq.rst). The kernel answers each key on the console. The emulated port keeps one "break" mark
/// for its whole buffer. So a key that arrives before the kernel has read the break is treated as typing, and no answer comes.
/// Then the key is sent again, with more time after the break.
/// </summary>
internal sealed class SysRqKeys(QemuProcess qemu)
{
    private const string ConsoleDevice = "console";

    /// <summary>Enough, with the gaps and timeouts below, for a kernel that is still booting to open its console.</summary>
    private const int Tries = 12;

    /// <summary>The time from break to key at the first try; each of the next tries doubles it.</summary>
    private const int FirstGapInMs = 10;
    private const int GapDoublings = 5;

    /// <summary>The kernel answers a key from its interrupt handler; on a busy host, the virtual processor may have to wait.</summary>
    private const int AnswerTimeoutInMs = 300;

    /// <summary>The longest wait for the write-back, since a drive may hang. Then the machine powers off anyway.</summary>
    private static readonly TimeSpan WriteBackTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Powers the guest off in three steps. 1. Enable all messages on the console, since one of them reports the end of the next
    /// step. 2. Write back. 3. Power off. A kernel that does not answer the first key hangs or does not listen; then the other
    /// steps are skipped.
    /// </summary>
    internal async Task PowerOffAsync(CancellationToken cancellationToken)
    {
        if (!await PressAsync('7', "Loglevel set to 7", cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        Task writtenBack = qemu.Console.Expect("Emergency Sync complete");
        await PressAsync('s', "Emergency Sync", cancellationToken).ConfigureAwait(false);
        await HappensAsync(writtenBack, WriteBackTimeout, cancellationToken).ConfigureAwait(false);
        try
        {
            await PressAsync('o', "Power Off", cancellationToken).ConfigureAwait(false);
        }
        catch (MachineException followed) when (followed.Error == MachineError.MachineEnded)
        {
            // The machine ended before its answer was read.
        }
    }

    private async Task<bool> PressAsync(char key, string answer, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            Task answered = qemu.Console.Expect(answer);
            await qemu.Control.ExecuteAsync("chardev-send-break", cancellationToken, ("id", ConsoleDevice)).ConfigureAwait(false);
            if (!await HappensAsync(answered, TimeSpan.FromMilliseconds(FirstGapInMs << Math.Min(attempt, GapDoublings)), cancellationToken).ConfigureAwait(false))
            {
                await qemu.TypeAsync(key, cancellationToken).ConfigureAwait(false);
            }

            if (await HappensAsync(answered, TimeSpan.FromMilliseconds(AnswerTimeoutInMs), cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }

    private static async Task<bool> HappensAsync(Task awaited, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await awaited.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
