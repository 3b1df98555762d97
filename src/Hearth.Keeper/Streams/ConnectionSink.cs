using Hearth.Control;

namespace Hearth.Keeper.Streams;

/// <summary>An attached client, as a sink of output.</summary>
internal sealed class ConnectionSink(ControlConnection connection) : IOutputSink
{
    public bool TryWrite(ControlFrameKind kind, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            connection.SendAsync(kind, bytes).GetAwaiter().GetResult();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
