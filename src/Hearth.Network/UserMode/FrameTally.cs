namespace Hearth.Network.UserMode;

/// <summary>Counts the frames of one direction. One thread adds, others read.</summary>
internal sealed class FrameTally
{
    private long bytes;
    private long frames;
    private long dropped;

    public ulong Bytes => (ulong)Volatile.Read(ref bytes);

    public ulong Frames => (ulong)Volatile.Read(ref frames);

    public ulong Dropped => (ulong)Volatile.Read(ref dropped);

    /// <summary>Counts a frame.</summary>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="isAdmitted">Whether it goes on.</param>
    /// <returns>The same.</returns>
    public bool Add(int length, bool isAdmitted)
    {
        if (isAdmitted)
        {
            Volatile.Write(ref bytes, bytes + length);
            Volatile.Write(ref frames, frames + 1);
        }
        else
        {
            Volatile.Write(ref dropped, dropped + 1);
        }

        return isAdmitted;
    }
}
