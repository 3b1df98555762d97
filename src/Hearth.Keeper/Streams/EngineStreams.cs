using Hearth.Control;
using Hearth.Control.Attachment;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Terminals;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Keeper.Streams;

/// <summary>
/// The standard streams of a keeper that a container engine started: the engine intends them for the workload. For a workload
/// with a terminal they are the terminal's subordinate side, and the engine holds the other side. The terminal becomes this
/// process's controlling terminal, so that the kernel reports changes of its size.
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
    /// <param name="hub">The source of the workload's output.</param>
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

    /// <summary>Reports the size of the engine's terminal, if it has one.</summary>
    public void ReportSize(Action<WindowSize> resize)
    {
        if (hasTerminal && TerminalAttachment.SizeOf(input) is WindowSize size)
        {
            resize(size);
        }
    }

    /// <summary>If the engine no longer reads, the workload gets a broken pipe, as if it wrote to the pipe directly.</summary>
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
