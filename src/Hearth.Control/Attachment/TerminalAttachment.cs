using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Control.Attachment;

/// <summary>
/// The caller's terminal while a workload has it: keys go through untouched, and the terminal becomes what it was when
/// this is disposed of, or when the process exits by whatever other way that .NET still sees.
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
    /// <param name="terminal">Stays the caller's to close.</param>
    /// <exception cref="HearthException">The descriptor is no terminal.</exception>
    public static TerminalAttachment Attach(SafeFileHandle terminal)
    {
        try
        {
            return new TerminalAttachment(terminal);
        }
        catch (LinuxException exception)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot take over the terminal: {exception.Message}", exception);
        }
    }

    public static bool IsTerminal(SafeFileHandle descriptor) => TerminalModes.IsTerminal(descriptor);

    /// <summary>The size of the terminal behind a descriptor; null where there is none, or it does not know.</summary>
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
            // The terminal has hung up: nobody is left to look at it.
        }
    }
}
