using Hearth.Control;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Keeper.Streams;

/// <summary>
/// The standard streams of a keeper that a container engine started: they are the workload's. A workload with a terminal has
/// there the lower side of one whose upper side is the engine's; it becomes this process's own, so that the kernel tells of its
/// sizes.
/// </summary>
internal sealed class EngineStreams : IOutputSink, IDisposable
{
    private readonly SafeFileHandle input = new(0, ownsHandle: false);
    private readonly SafeFileHandle output = new(1, ownsHandle: false);
    private readonly SafeFileHandle error = new(2, ownsHandle: false);
    private readonly bool hasTerminal;
    private readonly OutputHub hub;

    private EngineStreams(bool hasTerminal, OutputHub hub)
    {
        this.hasTerminal = hasTerminal;
        this.hub = hub;
        Input = new DescriptorStream(input, FileAccess.Read);
    }

    /// <summary>Read with blocking calls.</summary>
    public Stream Input { get; }

    /// <param name="hasTerminal">Whether the streams are a terminal.</param>
    /// <param name="hub">Gives the workload's output.</param>
    public static EngineStreams Take(bool hasTerminal, OutputHub hub)
    {
        EngineStreams streams = new(hasTerminal, hub);
        if (hasTerminal)
        {
            PseudoTerminals.TakeControl(streams.input);
        }

        hub.Add(streams);
        return streams;
    }

    public void Dispose()
    {
        Input.Dispose();
        input.Dispose();
        output.Dispose();
        error.Dispose();
    }

    /// <summary>Reports the size that the engine's terminal has, where it has one.</summary>
    public void ReportSize(Action<WindowSize> resize)
    {
        if (hasTerminal && TerminalAttachment.SizeOf(input) is WindowSize size)
        {
            resize(size);
        }
    }

    /// <summary>Who reads no more has the workload meet a broken pipe, as it would with the pipe in its own hands.</summary>
    public bool TryWrite(ControlFrameKind kind, ReadOnlyMemory<byte> bytes)
    {
        bool isError = kind == ControlFrameKind.Error;
        try
        {
            DescriptorIO.WriteAll(isError ? error : output, bytes.Span);
        }
        catch (LinuxException exception) when (exception.Errno is Errno.EPIPE or Errno.EIO)
        {
            (isError ? hub.Error : hub.Output).Abandon();
        }

        return true;
    }
}
