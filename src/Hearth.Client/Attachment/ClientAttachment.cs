using Hearth.Containers.Diagnostics;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Client.Attachment;

/// <summary>How a caller attaches to a process: its streams, its terminal, the signals it gets.</summary>
public sealed class ClientAttachment
{
    public required WorkloadStreams Streams { get; init; }

    /// <summary>Whether signals that this program gets are passed to the process.</summary>
    public bool PassesSignals { get; init; } = true;

    /// <summary>
    /// Whether the calling thread may be blocked until the process has ended, if there is no input to carry. A program that has
    /// nothing else to do then starts no other threads.
    /// </summary>
    public bool HoldsCallingThread { get; init; }

    /// <summary>Whether the caller detaches at the end of its input, which the process gets; docker's <c>run -a stdin</c>.</summary>
    public bool LeavesWithInput { get; init; }

    /// <summary>Keys that detach from the process; see docker's <c>--detach-keys</c>. Empty for none.</summary>
    /// <exception cref="FormatException">The value is not a list of keys.</exception>
    public string DetachKeys
    {
        init => Keys = Attachment.DetachKeys.Parse(value);
    }

    /// <summary>Checks keys that a user chose before the attachment is made.</summary>
    /// <param name="given">Null for docker's default.</param>
    /// <returns>The keys for <see cref="DetachKeys"/>.</returns>
    /// <exception cref="FormatException">The value is not a list of keys.</exception>
    public static string RequireDetachKeys(string? given)
    {
        string keys = given ?? "ctrl-p,ctrl-q";
        _ = Attachment.DetachKeys.Parse(keys);
        return keys;
    }

    /// <summary>Receives diagnostics for the user who waits for the start.</summary>
    public Action<Diagnostic> Diagnose { get; init; } = _ => { };

    /// <summary>Called when the process runs; with the id of one that <c>exec</c> started, by which its terminal is resized.</summary>
    public Action<string?> Started { get; init; } = _ => { };

    /// <summary>Called when the caller has detached by its keys, and the process goes on.</summary>
    public Action Detached { get; init; } = () => { };

    internal DetachKeys Keys { get; private init; } = Attachment.DetachKeys.None;

    internal WindowSize? Size => Streams.Screen is null ? null : TerminalAttachment.SizeOf(Streams.Screen);
}
