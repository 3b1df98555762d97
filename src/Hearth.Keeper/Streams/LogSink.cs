using Hearth.Control;
using Hearth.Records.Logs;

namespace Hearth.Keeper.Streams;

/// <summary>A container's log, as a sink of its output. It stays registered even if its file fails.</summary>
internal sealed class LogSink(ContainerLog log) : IOutputSink
{
    public bool TryWrite(ControlFrameKind kind, ReadOnlyMemory<byte> bytes)
    {
        log.Write(kind == ControlFrameKind.Error ? LogStream.StandardError : LogStream.StandardOutput, bytes.Span);
        return true;
    }
}
