using Hearth.Control;

namespace Hearth.Keeper.Streams;

/// <summary>
/// Distributes a container's output to the attached clients and the other sinks. Each write waits for all sinks, so that no
/// output has to be buffered or dropped: a slow reader slows the process down, as a pipe does. A sink that no longer takes
/// output is removed.
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

    /// <summary>Receives the process's standard output, with blocking writes.</summary>
    public HubStream Output { get; }

    /// <summary>Receives the process's standard error, with blocking writes.</summary>
    public HubStream Error { get; }

    /// <summary>Adds a sink for all output from now on.</summary>
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

    /// <summary>The stream for one of the process's two outputs.</summary>
    internal sealed class HubStream(OutputHub hub, ControlFrameKind kind) : OneWayStream(canRead: false)
    {
        private bool isAbandoned;

        /// <summary>Makes all further writes fail, so that the process gets a broken pipe.</summary>
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
