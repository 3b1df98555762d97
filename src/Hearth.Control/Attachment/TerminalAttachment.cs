using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Control.Attachment;

/// <summary>
/// The caller's terminal while it is attached to a workload. It is in raw mode, so that keys are passed on unchanged. Its previous
/// mode is restored on disposal, or on any exit of the process that .NET can observe.
/// </summary>
public sealed class TerminalAttachment : IDisposable
{
    private readonly SafeFileHandle terminal;
    private readonly TerminalAttributes before;
    private int restored;

    private TerminalAttachment(SafeFileHandle terminal)
    {
        this.terminal = terminal;
        before = TerminalModes.Read(terminal);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        TerminalModes.Write(terminal, TerminalModes.MakeRaw(before));
    }

    /// <summary>Puts the terminal into raw mode.</summary>
    /// <param name="terminal">The terminal. The caller closes it.</param>
    /// <exception cref="HearthException">The descriptor is not a terminal.</exception>
    public static TerminalAttachment Attach(SafeFileHandle terminal)
    {
        try
        {
            return new TerminalAttachment(terminal);
        }
        catch (LinuxException exception)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot put the terminal into raw mode: {exception.Message}", exception);
        }
    }

    public static bool IsTerminal(SafeFileHandle descriptor) => TerminalModes.IsTerminal(descriptor);

    /// <summary>The size of the terminal behind a descriptor; null if it is not a terminal, or its size is not known.</summary>
    public static WindowSize? SizeOf(SafeFileHandle descriptor)
    {
        if (!TerminalModes.IsTerminal(descriptor))
        {
            return null;
        }

        TerminalSize size = PseudoTerminals.ReadSize(descriptor);
        return size is { Columns: > 0, Rows: > 0 } ? new WindowSize(size.Columns, size.Rows) : null;
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        Restore();
    }

    private void OnProcessExit(object? sender, EventArgs arguments) => Restore();

    private void Restore()
    {
        if (Interlocked.Exchange(ref restored, 1) != 0)
        {
            return;
        }

        try
        {
            TerminalModes.Write(terminal, before);
        }
        catch (LinuxException exception) when (exception.Errno is Errno.EIO or Errno.ENOTTY)
        {
            // The terminal has hung up, so its mode no longer matters.
        }
    }
}
