using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hearth.Shares;

/// <summary>Reads a request's body from front to back. It never reads beyond the end, whatever the body contains.</summary>
internal ref struct RequestBody(ReadOnlySpan<byte> body)
{
    /// <summary>The unread rest.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = body;

    /// <summary>Reads a structure; false if the rest is too short.</summary>
    public bool TryTake<T>(out T value)
        where T : unmanaged
    {
        if (!MemoryMarshal.TryRead(Rest, out value))
        {
            return false;
        }

        Rest = Rest[Unsafe.SizeOf<T>()..];
        return true;
    }

    /// <summary>
    /// Reads a text. The span does not include the NUL, which follows directly after it.
    /// </summary>
    public bool TryTakeText(out ReadOnlySpan<byte> text)
    {
        int end = Rest.IndexOf((byte)0);
        if (end < 0)
        {
            text = default;
            return false;
        }

        text = Rest[..end];
        Rest = Rest[(end + 1)..];
        return true;
    }

    /// <summary>
    /// Reads a name in a directory; a NUL follows directly after the span. False for a name that could lead out of the directory: an
    /// empty one, one with a slash, <c>.</c> or <c>..</c>. The file system limits the length.
    /// </summary>
    public bool TryTakeName(out ReadOnlySpan<byte> name) =>
        TryTakeText(out name)
        && !name.IsEmpty
        && !name.Contains((byte)'/')
        && !name.SequenceEqual("."u8)
        && !name.SequenceEqual(".."u8);
}
