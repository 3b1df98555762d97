using System.Runtime.InteropServices;

namespace Hearth.Linux.Compression;

/// <summary>
/// Decompression by zlib (libz.so.1, zlib.h). .NET's own cannot stop between the blocks of a stream, or begin at one, which
/// random access into a compressed file needs. Not thread-safe.
/// </summary>
public sealed unsafe partial class Inflater : IDisposable
{
    private const string Library = "libz.so.1";

    /// <summary>The largest distance of a back reference in deflate (RFC 1951): so many bytes before a block are needed to decode it.</summary>
    public const int WindowBytes = 32 << 10;

    private const int RawWindowBits = -15;
    private const int GzipWindowBits = 15 + 16;
    private const int NoFlush = 0;
    private const int StopAtBlocks = 5;
    private const int Ok = 0;
    private const int StreamEnd = 1;
    private const int OutOfMemory = -4;
    private const int NothingToDo = -5;
    private const int UnusedBitsMask = 7;
    private const int LastBlock = 64;
    private const int BlockBoundary = 128;

    private ZlibStream* stream;

    /// <summary>Begins at a gzip header (RFC 1952).</summary>
    /// <exception cref="LinuxException">zlib is missing, or there is no memory.</exception>
    public Inflater()
    {
        stream = (ZlibStream*)NativeMemory.AllocZeroed((nuint)sizeof(ZlibStream));
        try
        {
            Check("inflateInit2", inflateInit2_(stream, GzipWindowBits, "1.2.11", sizeof(ZlibStream)));
        }
        catch (DllNotFoundException exception)
        {
            NativeMemory.Free(stream);
            throw new LinuxException($"dlopen (install Debian's zlib1g: {exception.Message})", Errno.ENOENT, Library);
        }
    }

    /// <summary>Begins anew at a gzip header.</summary>
    public void ResetToGzip() => Check("inflateReset2", inflateReset2(stream, GzipWindowBits));

    /// <summary>Begins anew at a block in the middle of a stream.</summary>
    /// <param name="window">The bytes before the block, at most <see cref="WindowBytes"/>.</param>
    /// <param name="bits">How many bits of the byte before the input belong to the block: 0 to 7.</param>
    /// <param name="lastByte">That byte.</param>
    public void ResetToBlock(ReadOnlySpan<byte> window, int bits, byte lastByte)
    {
        Check("inflateReset2", inflateReset2(stream, RawWindowBits));
        if (bits > 0)
        {
            Check("inflatePrime", inflatePrime(stream, bits, lastByte >> (8 - bits)));
        }

        if (!window.IsEmpty)
        {
            fixed (byte* bytes = window)
            {
                Check("inflateSetDictionary", inflateSetDictionary(stream, bytes, (uint)window.Length));
            }
        }
    }

    /// <summary>Decompresses until the input is used up, the output is full, or the stream ends.</summary>
    /// <param name="input">The next bytes.</param>
    /// <param name="output">Receives what they stand for.</param>
    /// <param name="stopsAtBlocks">Whether to return at each boundary between blocks.</param>
    public InflateResult Inflate(ReadOnlySpan<byte> input, Span<byte> output, bool stopsAtBlocks)
    {
        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            stream->NextIn = (nint)from;
            stream->AvailableIn = (uint)input.Length;
            stream->NextOut = (nint)to;
            stream->AvailableOut = (uint)output.Length;
            int result = inflate(stream, stopsAtBlocks ? StopAtBlocks : NoFlush);
            int consumed = input.Length - (int)stream->AvailableIn;
            int produced = output.Length - (int)stream->AvailableOut;
            (stream->NextIn, stream->NextOut) = (0, 0);
            bool isBetween = stopsAtBlocks && (stream->DataType & BlockBoundary) != 0 && (stream->DataType & LastBlock) == 0;
            InflateState state = result switch
            {
                StreamEnd => InflateState.Ended,
                Ok or NothingToDo => isBetween ? InflateState.AtBlock : InflateState.NeedsMore,
                OutOfMemory => throw new LinuxException("inflate", Errno.ENOMEM),
                _ => InflateState.Corrupt,
            };
            return new InflateResult(state, consumed, produced, stream->DataType & UnusedBitsMask);
        }
    }

    public void Dispose()
    {
        if (stream is not null)
        {
            _ = inflateEnd(stream);
            NativeMemory.Free(stream);
            stream = null;
        }
    }

    private static void Check(string call, int result)
    {
        if (result != Ok)
        {
            throw new LinuxException(call, result == OutOfMemory ? Errno.ENOMEM : Errno.EINVAL);
        }
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inflateInit2_(ZlibStream* stream, int windowBits, string version, int streamBytes);

    [LibraryImport(Library)]
    private static partial int inflateReset2(ZlibStream* stream, int windowBits);

    [LibraryImport(Library)]
    private static partial int inflatePrime(ZlibStream* stream, int bits, int value);

    [LibraryImport(Library)]
    private static partial int inflateSetDictionary(ZlibStream* stream, byte* dictionary, uint length);

    [LibraryImport(Library)]
    private static partial int inflate(ZlibStream* stream, int flush);

    [LibraryImport(Library)]
    private static partial int inflateEnd(ZlibStream* stream);
}
