using Hearth.Control;
using Hearth.Records.Logs;

namespace Hearth.Keeper.Streams;

/// <summary>A container's log as a reader of its output; it never goes away, whatever becomes of its file.</summary>
internal sealed class LogSink(ContainerLog log) : IOutputSink
{
    public bool TryWrite(ControlFrameKind kind, ReadOnlyMemory<byte> bytes)
    {
        log.Write(kind == ControlFrameKind.Error ? LogStream.StandardError : LogStream.StandardOutput, bytes.Span);
        return true;
    }
}
