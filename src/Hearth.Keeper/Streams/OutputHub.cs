using Hearth.Control;

namespace Hearth.Keeper.Streams;

/// <summary>
/// Where a container's output goes: to whoever is attached, and to what else was added. Each writer waits for all of them, so
/// that nothing has to be kept or dropped: a slow reader slows the process down, as a pipe would. A reader that is gone is
/// forgotten.
/// </summary>
internal sealed class OutputHub
{
    private readonly Lock gate = new();
    private List<IOutputSink> sinks = [];

    public OutputHub()
    {
        Output = new HubStream(this, ControlFrameKind.Output);
        Error = new HubStream(this, ControlFrameKind.Error);
    }

    /// <summary>Takes the process's standard output, with blocking writes.</summary>
    public HubStream Output { get; }

    /// <summary>Takes its standard error.</summary>
    public HubStream Error { get; }

    /// <summary>Gives a sink all that is written from now on.</summary>
    public void Add(IOutputSink sink)
    {
        lock (gate)
        {
            sinks = [.. sinks, sink];
        }
    }

    public void Remove(IOutputSink sink)
    {
        lock (gate)
        {
            sinks = [.. sinks.Where(one => one != sink)];
        }
    }

    private void Write(ControlFrameKind kind, ReadOnlyMemory<byte> bytes)
    {
        foreach (IOutputSink sink in Volatile.Read(ref sinks))
        {
            if (!sink.TryWrite(kind, bytes))
            {
                Remove(sink);
            }
        }
    }

    /// <summary>One of the hub's two ends.</summary>
    internal sealed class HubStream(OutputHub hub, ControlFrameKind kind) : WriteOnlyStream
    {
        private bool isAbandoned;

        /// <summary>From now on writes fail: the process is to meet a broken pipe.</summary>
        public void Abandon() => Volatile.Write(ref isAbandoned, true);

        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Volatile.Read(ref isAbandoned))
            {
                throw new IOException("nobody reads the output any more");
            }

            hub.Write(kind, buffer.AsMemory(offset, count));
        }
    }
}
