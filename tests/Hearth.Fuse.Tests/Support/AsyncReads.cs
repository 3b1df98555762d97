using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Fuse.Tests.Support;

/// <summary>Reads of pieces of a file that follow each other, which no thread waits for: io_submit(2), as QEMU does with aio=native.</summary>
public sealed class AsyncReads : IDisposable
{
    private readonly byte[][] buffers;
    private readonly GCHandle[] pins;
    private readonly ControlBlock[] blocks;
    private nint context;

    public AsyncReads(int count, int pieceInBytes)
    {
        buffers = [.. Enumerable.Range(0, count).Select(_ => new byte[pieceInBytes])];
        pins = [.. buffers.Select(buffer => GCHandle.Alloc(buffer, GCHandleType.Pinned))];
        blocks = [.. pins.Select((pin, i) => new ControlBlock
        {
            Data = (ulong)i,
            Buffer = (ulong)pin.AddrOfPinnedObject(),
            Length = (ulong)pieceInBytes,
            Offset = (long)i * pieceInBytes,
        })];
        Check(syscall(Numbers.Setup, count, ref context));
    }

    public static bool IsSupported => RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    private static (nint Setup, nint Destroy, nint GetEvents, nint Submit) Numbers =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? (206, 207, 208, 209) : (0, 1, 4, 2);

    /// <summary>Hands them all to the kernel.</summary>
    public void Submit(SafeFileHandle file)
    {
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i].File = (uint)file.DangerousGetHandle();
        }

        GCHandle pin = GCHandle.Alloc(blocks, GCHandleType.Pinned);
        try
        {
            for (int i = 0; i < blocks.Length; i++)
            {
                nint block = pin.AddrOfPinnedObject() + (i * Marshal.SizeOf<ControlBlock>());
                Check(syscall(Numbers.Submit, context, 1, ref block));
            }
        }
        finally
        {
            pin.Free();
        }
    }

    /// <summary>Waits for all, and gives what they read.</summary>
    public byte[][] WaitForAll()
    {
        var events = new Completion[buffers.Length];
        for (int done = 0; done < events.Length;)
        {
            nint count = syscall(Numbers.GetEvents, context, 1, events.Length - done, ref events[done], 0);
            Check(count);
            done += (int)count;
        }

        Assert.All(events, completion => Assert.Equal(buffers[completion.Data].Length, completion.Result));
        return buffers;
    }

    /// <summary>Waits in the kernel for reads under way: whoever serves the file in this process must have ended before.</summary>
    public void Dispose()
    {
        Check(syscall(Numbers.Destroy, context));
        Array.ForEach(pins, pin => pin.Free());
    }

    private static void Check(nint result) => Assert.True(result >= 0, $"the call failed: {Marshal.GetLastPInvokeErrorMessage()}");

    [DllImport("libc", SetLastError = true)]
    private static extern nint syscall(nint number, nint count, ref nint context);

    [DllImport("libc", SetLastError = true)]
    private static extern nint syscall(nint number, nint context, nint count, ref nint block);

    [DllImport("libc", SetLastError = true)]
    private static extern nint syscall(nint number, nint context, nint least, nint most, ref Completion events, nint timeout);

    [DllImport("libc", SetLastError = true)]
    private static extern nint syscall(nint number, nint context);

    /// <summary>struct iocb of linux/aio_abi.h on a little-endian machine, without what a read leaves at 0; so is its opcode.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct ControlBlock
    {
        [FieldOffset(0)]
        public ulong Data;

        [FieldOffset(20)]
        public uint File;

        [FieldOffset(24)]
        public ulong Buffer;

        [FieldOffset(32)]
        public ulong Length;

        [FieldOffset(40)]
        public long Offset;
    }

    /// <summary>struct io_event, without what repeats the request.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private struct Completion
    {
        [FieldOffset(0)]
        public ulong Data;

        [FieldOffset(16)]
        public long Result;
    }
}
