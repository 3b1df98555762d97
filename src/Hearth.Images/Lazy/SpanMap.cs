using System.Text;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Lazy;

/// <summary>
/// Which spans of a lazy layer are there. Processes share it without memory in common: each span has a byte of its own, which
/// is written after the span's bytes, so that no writer changes a neighbour's. The lock of a span is a lock on its byte.
/// <code>
/// boot id 36 | refused 1 | 0 27 | each span: state 1
/// </code>
/// </summary>
internal sealed class SpanMap : IDisposable
{
    private const int BootBytes = 36;
    private const int RefusedOffset = 36;
    private const int BackgroundOffset = 40;
    private const int HeaderBytes = 64;

    private readonly SafeFileHandle file;

    /// <summary>What this process has seen. A span that is present stays so; one that is not is looked up in the file.</summary>
    private readonly byte[] seen;

    private SpanMap(SafeFileHandle file, int count)
    {
        this.file = file;
        seen = new byte[count];
    }

    public int Count => seen.Length;

    /// <summary>Whether the whole layer turned out not to be what its digests say.</summary>
    public bool IsRefused
    {
        get
        {
            Span<byte> value = stackalloc byte[1];
            return RandomAccess.Read(file, value, RefusedOffset) == 1 && value[0] != 0;
        }
    }

    /// <summary>Opens or makes the map. The caller holds the lock of the lazy layers.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="count">The number of spans.</param>
    /// <param name="boot">The host's boot; spans that an earlier one wrote become unsure.</param>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public static SpanMap Open(string path, int count, string boot)
    {
        SafeFileHandle file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        try
        {
            SpanMap map = new(file, count);
            map.Begin(Encoding.ASCII.GetBytes(boot.PadRight(BootBytes)[..BootBytes]));
            return map;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public bool IsPresent(int span) => StateOf(span) == SpanState.Present;

    public SpanState StateOf(int span)
    {
        if (Volatile.Read(ref seen[span]) == (byte)SpanState.Present)
        {
            return SpanState.Present;
        }

        Span<byte> value = stackalloc byte[1];
        _ = RandomAccess.Read(file, value, HeaderBytes + span);
        Volatile.Write(ref seen[span], value[0]);
        return (SpanState)value[0];
    }

    /// <summary>The caller holds the span's lock and has written its bytes.</summary>
    public void SetPresent(int span)
    {
        RandomAccess.Write(file, [(byte)SpanState.Present], HeaderBytes + span);
        Volatile.Write(ref seen[span], (byte)SpanState.Present);
    }

    public void Refuse() => RandomAccess.Write(file, [1], RefusedOffset);

    /// <summary>
    /// Waits until no other process fetches one of the spans. Within this process, the caller makes sure of that. A wait that
    /// is cancelled goes on in the background and then releases the lock.
    /// </summary>
    public Task LockAsync(int first, int count, CancellationToken cancellationToken) =>
        WaitingLock.TakeAsync(file, HeaderBytes + first, count, cancellationToken);

    public void Release(int first, int count) => RangeLocks.Release(file, HeaderBytes + first, count);

    /// <summary>Waits until this is the one process that fetches the whole layer.</summary>
    public Task LockBackgroundAsync(CancellationToken cancellationToken) => WaitingLock.TakeAsync(file, BackgroundOffset, 1, cancellationToken);

    public void ReleaseBackground() => RangeLocks.Release(file, BackgroundOffset, 1);

    public void Dispose() => file.Dispose();

    private void Begin(byte[] boot)
    {
        byte[] bytes = new byte[HeaderBytes + Count];
        int length = RandomAccess.Read(file, bytes, 0);
        if (length == bytes.Length && bytes.AsSpan(0, BootBytes).SequenceEqual(boot))
        {
            return;
        }

        foreach (ref byte state in bytes.AsSpan(HeaderBytes))
        {
            state = state == 0 ? (byte)SpanState.Missing : (byte)SpanState.Unsure;
        }

        // The boot is written last: whoever is killed before leaves the work to the next.
        RandomAccess.SetLength(file, bytes.Length);
        RandomAccess.Write(file, bytes.AsSpan(BootBytes), BootBytes);
        RandomAccess.Write(file, boot, 0);
    }
}
