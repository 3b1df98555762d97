using System.Runtime.InteropServices;

namespace Hearth.Linux.Compression;

/// <summary>zlib's <c>z_stream</c> (zlib.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ZlibStream
{
    internal nint NextIn;
    internal uint AvailableIn;
    internal nuint TotalIn;
    internal nint NextOut;
    internal uint AvailableOut;
    internal nuint TotalOut;
    internal nint Message;
    internal nint State;
    internal nint Allocate;
    internal nint Free;
    internal nint Opaque;
    internal int DataType;
    internal nuint Checksum;
    internal nuint Reserved;
}
