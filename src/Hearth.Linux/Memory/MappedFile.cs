using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Memory;

/// <summary>
/// A file mapped for reading (mmap(2)). Its pages are those of the page cache: all processes that map it share them, and they
/// are read from the disk on first access. The file stays mapped as long as any memory of it is referenced, even if the file
/// is removed. The file must not shrink while it is mapped: accessing a truncated page ends the process (SIGBUS).
/// </summary>
public sealed unsafe partial class MappedFile
{
    private const int ReadProtection = 1;
    private const int PrivateMapping = 2;

    private readonly Mapping mapping;

    private MappedFile(Mapping mapping, long length)
    {
        this.mapping = mapping;
        Length = length;
    }

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; }

    /// <exception cref="IOException">The file cannot be opened, or is empty.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="LinuxException">The file cannot be mapped.</exception>
    public static MappedFile Open(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.RandomAccess);
        long length = RandomAccess.GetLength(file);
        if (length == 0)
        {
            throw new EndOfStreamException($"'{path}' is empty");
        }

        nint start = mmap(0, (nuint)length, ReadProtection, PrivateMapping, file, 0);
        return start == -1 ? throw LinuxException.FromLastError("mmap", path) : new MappedFile(new Mapping(start, (nuint)length), length);
    }

    /// <summary>A part of the file as an array of numbers or structures, without copying.</summary>
    /// <param name="offset">In bytes; a multiple of the structure's alignment.</param>
    /// <param name="count">The number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part extends past the end of the file.</exception>
    public ReadOnlyMemory<T> Slice<T>(long offset, int count)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)count * Unsafe.SizeOf<T>(), Length - offset, nameof(count));
        return new MappedMemory<T>(mapping, offset, count).Memory;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, SafeFileHandle file, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(nint address, nuint length);

    private sealed class Mapping : SafeHandleZeroOrMinusOneIsInvalid
    {
        private readonly nuint length;

        public Mapping(nint start, nuint length)
            : base(ownsHandle: true)
        {
            this.length = length;
            SetHandle(start);
        }

        public byte* Start => (byte*)handle;

        protected override bool ReleaseHandle() => munmap(handle, length) == 0;
    }

    private sealed class MappedMemory<T>(Mapping mapping, long offset, int count) : MemoryManager<T>
        where T : unmanaged
    {
        public override Span<T> GetSpan() => new(mapping.Start + offset, count);

        public override MemoryHandle Pin(int elementIndex = 0) => new((T*)(mapping.Start + offset) + elementIndex, default, this);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
