using System.Runtime.InteropServices;
using System.Text;
using Hearth.Containers;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Cli.Values;

/// <summary>Asks the caller at the terminal, or reads what the caller's input holds.</summary>
internal sealed class SecretPrompt : IDisposable
{
    private readonly SafeFileHandle terminal;
    private readonly StreamReader input;
    private readonly TextWriter messages;

    public SecretPrompt(TextWriter messages)
    {
        this.messages = messages;
        terminal = new SafeFileHandle(0, ownsHandle: false);

        // The console's own stream would show what is typed, whatever the terminal's modes are.
        input = new StreamReader(new DescriptorStream(terminal, FileAccess.Read), new UTF8Encoding(false));
    }

    public void Dispose()
    {
        input.Dispose();
        terminal.Dispose();
    }

    /// <summary>All of the input, without the end of its last line.</summary>
    public string ReadAll() => input.ReadToEnd().TrimEnd('\n').TrimEnd('\r');

    /// <exception cref="HearthException">Standard input is not a terminal.</exception>
    public string Ask(string question)
    {
        RequireTerminal();
        messages.Write(question);
        return input.ReadLine()?.Trim() ?? "";
    }

    /// <summary>Asks for what the terminal must not show.</summary>
    /// <exception cref="HearthException">Standard input is not a terminal.</exception>
    public string AskInSecret(string question)
    {
        RequireTerminal();
        TerminalAttributes before = TerminalModes.Read(terminal);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => TerminalModes.Write(terminal, before));
        using PosixSignalRegistration end = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => TerminalModes.Write(terminal, before));
        TerminalModes.Write(terminal, TerminalModes.MakeSilent(before));
        try
        {
            messages.Write(question);
            return input.ReadLine() ?? "";
        }
        finally
        {
            TerminalModes.Write(terminal, before);
            messages.WriteLine();
        }
    }

    private void RequireTerminal()
    {
        if (!TerminalModes.IsTerminal(terminal))
        {
            throw new HearthException(HearthError.InvalidRequest, "cannot ask for a user and a password: standard input is not a terminal; give --username and --password-stdin");
        }
    }
}
