namespace Hearth.Guest.Protocol.Tests;

/// <summary>
/// One end of a byte stream in memory that behaves as badly as a device may: it gives as many bytes at a time as the test
/// says, holds few, and breaks after a given number of bytes.
/// </summary>
internal sealed class MemoryTransport : Stream
{
    private const int CapacityBytes = 8 << 10;

    private readonly Pipe incoming;
    private readonly Pipe outgoing;
    private readonly int[] readSizes;
    private readonly long breaksAfterBytes;
    private int reads;
    private long passed;

    private MemoryTransport(Pipe incoming, Pipe outgoing, int[] readSizes, long breaksAfterBytes)
    {
        this.incoming = incoming;
        this.outgoing = outgoing;
        this.readSizes = readSizes;
        this.breaksAfterBytes = breaksAfterBytes;
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Two connected ends.</summary>
    /// <param name="readSizes">What one read gives at most, in turn, over and over.</param>
    /// <param name="breaksAfterBytes">The first end fails when this many bytes have gone through it, both ways together.</param>
    public static (MemoryTransport First, MemoryTransport Second) Connect(int[] readSizes, long breaksAfterBytes = long.MaxValue)
    {
        Pipe there = new();
        Pipe back = new();
        return (new(there, back, readSizes, breaksAfterBytes), new(back, there, readSizes, long.MaxValue));
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int most = Math.Min(count, readSizes[reads++ % readSizes.Length]);
        int read = incoming.Read(buffer.AsSpan(offset, most));
        Pass(read);
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        long left = breaksAfterBytes - Interlocked.Read(ref passed);
        outgoing.Write(buffer.AsSpan(offset, (int)Math.Clamp(left, 0, count)));
        Pass(count);
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        incoming.Close();
        outgoing.Close();
        base.Dispose(disposing);
    }

    private void Pass(int count)
    {
        if (Interlocked.Add(ref passed, count) > breaksAfterBytes)
        {
            Dispose();
            throw new IOException("The cable was cut.");
        }
    }

    private sealed class Pipe
    {
        private readonly byte[] items = new byte[CapacityBytes];
        private long read;
        private long written;
        private bool isClosed;

        public int Read(Span<byte> destination)
        {
            lock (items)
            {
                while (read == written && !isClosed)
                {
                    Monitor.Wait(items);
                }

                int count = (int)Math.Min(destination.Length, written - read);
                for (int i = 0; i < count; i++)
                {
                    destination[i] = items[read++ % CapacityBytes];
                }

                Monitor.PulseAll(items);
                return count;
            }
        }

        public void Write(ReadOnlySpan<byte> source)
        {
            lock (items)
            {
                foreach (byte item in source)
                {
                    while (written - read == CapacityBytes && !isClosed)
                    {
                        Monitor.PulseAll(items);
                        Monitor.Wait(items);
                    }

                    if (isClosed)
                    {
                        throw new IOException("The other end is closed.");
                    }

                    items[written++ % CapacityBytes] = item;
                }

                Monitor.PulseAll(items);
            }
        }

        public void Close()
        {
            lock (items)
            {
                isClosed = true;
                Monitor.PulseAll(items);
            }
        }
    }
}
