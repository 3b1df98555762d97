using Hearth.Control;

namespace Hearth.Keeper.Streams;

/// <summary>A sink of a container's output.</summary>
internal interface IOutputSink
{
    /// <summary>Writes bytes of one stream, and waits until they are written.</summary>
    /// <returns>False if the sink no longer takes output.</returns>
    bool TryWrite(ControlFrameKind kind, ReadOnlyMemory<byte> bytes);
}
