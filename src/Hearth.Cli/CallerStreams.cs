using Hearth.Client.Attachment;
using Hearth.CommandLine;
using Hearth.Control.Attachment;
using Hearth.Linux.Descriptors;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Cli;

/// <summary>This program's own standard streams, as a process in a container gets them.</summary>
internal sealed class CallerStreams : IDisposable
{
    private readonly CommandContext context;
    private readonly bool isInteractive;
    private readonly bool hasTerminal;
    private readonly AttachedStreams attached;
    private readonly SafeFileHandle input = new(0, ownsHandle: false);
    private readonly SafeFileHandle output = new(1, ownsHandle: false);
    private readonly SafeFileHandle error = new(2, ownsHandle: false);

    private CallerStreams(CommandContext context, bool isInteractive, bool hasTerminal, AttachedStreams attached)
    {
        this.context = context;
        this.isInteractive = isInteractive;
        this.hasTerminal = hasTerminal;
        this.attached = attached;
    }

    /// <param name="context">Of the command.</param>
    /// <param name="isInteractive">Whether the process gets the caller's input.</param>
    /// <param name="hasTerminal">Whether it has a terminal.</param>
    /// <param name="attached">The outputs that the caller gets; the others are dropped.</param>
    public static CallerStreams Open(CommandContext context, bool isInteractive, bool hasTerminal, AttachedStreams attached = AttachedStreams.All) =>
        new(context, isInteractive, hasTerminal, attached);

    public void Dispose()
    {
        input.Dispose();
        output.Dispose();
        error.Dispose();
    }

    /// <exception cref="UsageException">A terminal is wanted, and the caller has none to give.</exception>
    public void RequireTerminal()
    {
        if (hasTerminal && isInteractive && !TerminalAttachment.IsTerminal(input))
        {
            throw new UsageException("the input device is not a terminal: leave out -t (of a bundle, process.terminal), or run hearth from one");
        }
    }

    /// <param name="detachKeys">What leaves the process alone.</param>
    /// <param name="passesSignals">Whether it gets the caller's signals.</param>
    /// <remarks>A caller that gets no output does not wait for the process.</remarks>
    public ClientAttachment Attach(string detachKeys, bool passesSignals) => new()
    {
        Streams = new WorkloadStreams
        {
            Input = isInteractive ? new DescriptorStream(input, FileAccess.Read) : null,
            Output = attached.HasFlag(AttachedStreams.Output) ? new DescriptorStream(output, FileAccess.Write) : Stream.Null,
            Error = attached.HasFlag(AttachedStreams.Error) ? new DescriptorStream(error, FileAccess.Write) : Stream.Null,
            Keyboard = hasTerminal && isInteractive ? input : null,
            Screen = hasTerminal ? output : null,
        },
        DetachKeys = hasTerminal && isInteractive ? detachKeys : "",
        PassesSignals = passesSignals,
        HoldsCallingThread = true,
        LeavesWithInput = attached == AttachedStreams.Input,
        Diagnose = context.Show,
    };
}
