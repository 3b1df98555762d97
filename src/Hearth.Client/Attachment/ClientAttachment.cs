using Hearth.Containers.Diagnostics;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Client.Attachment;

/// <summary>How a caller takes part in a process: its streams, its terminal, the signals it gets.</summary>
public sealed class ClientAttachment
{
    public required WorkloadStreams Streams { get; init; }

    /// <summary>Whether signals that this program gets go to the process.</summary>
    public bool PassesSignals { get; init; } = true;

    /// <summary>
    /// Whether the thread that asks for the process may be held until it has ended, where there is no input to carry: a program
    /// that has nothing else to do starts no others then.
    /// </summary>
    public bool HoldsCallingThread { get; init; }

    /// <summary>Keys that leave the process alone; see docker's <c>--detach-keys</c>. Empty for none.</summary>
    /// <exception cref="FormatException">They are none.</exception>
    public string DetachKeys
    {
        init => Keys = Attachment.DetachKeys.Parse(value);
    }

    /// <summary>Gets what whoever waits for the start should know.</summary>
    public Action<Diagnostic> Diagnose { get; init; } = _ => { };

    /// <summary>Called when the process runs.</summary>
    public Action Started { get; init; } = () => { };

    internal DetachKeys Keys { get; private init; } = Attachment.DetachKeys.None;

    internal WindowSize? Size => Streams.Screen is null ? null : TerminalAttachment.SizeOf(Streams.Screen);
}
