using Hearth.Control;

namespace Hearth.Keeper.Streams;

/// <summary>A reader of a container's output.</summary>
internal interface IOutputSink
{
    /// <summary>Takes bytes of one stream; waits until it has.</summary>
    /// <returns>False where it is gone.</returns>
    bool TryWrite(ControlFrameKind kind, ReadOnlyMemory<byte> bytes);
}
