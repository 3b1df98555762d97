using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// The path /proc/self/fd/N, through which a call that accepts only paths reaches the file of a descriptor. It needs no names
/// and no right to search their directories. While this is held, the descriptor's number stays valid.
/// </summary>
internal ref struct DescriptorPath
{
    private const string Prefix = "/proc/self/fd/";

    private readonly SafeFileHandle descriptor;
    private Characters characters;

    internal DescriptorPath(SafeFileHandle descriptor)
    {
        this.descriptor = descriptor;
        bool isHeld = false;
        descriptor.DangerousAddRef(ref isHeld);
        Span<byte> text = characters;
        "/proc/self/fd/"u8.CopyTo(text);
        ((int)descriptor.DangerousGetHandle()).TryFormat(text[Prefix.Length..], out int digits);
        text[Prefix.Length + digits] = 0;
    }

    /// <summary>The first character; the path ends with a NUL.</summary>
    [UnscopedRef]
    internal ref readonly byte Start => ref MemoryMarshal.GetReference((ReadOnlySpan<byte>)characters);

    internal readonly void Dispose() => descriptor.DangerousRelease();

    /// <summary>Room for the prefix, ten digits and a NUL.</summary>
    [InlineArray(32)]
    private struct Characters
    {
        private byte first;
    }
}
