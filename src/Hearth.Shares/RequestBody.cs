using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hearth.Shares;

/// <summary>Takes a request's body apart, front to back. Nothing beyond its end is read, whatever it says.</summary>
internal ref struct RequestBody(ReadOnlySpan<byte> body)
{
    /// <summary>What is left.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; } = body;

    /// <summary>Takes a structure; false where too little is left for it.</summary>
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
    /// Takes a text without its NUL, which stands right behind it.
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
    /// Takes a name in a directory, NUL-terminated right behind the span: false for what could lead anywhere else, as an empty one,
    /// one with a slash, or one of the two that stand for the directory itself and its parent. How long one may be is the file
    /// system's to say.
    /// </summary>
    public bool TryTakeName(out ReadOnlySpan<byte> name) =>
        TryTakeText(out name)
        && !name.IsEmpty
        && !name.Contains((byte)'/')
        && !name.SequenceEqual("."u8)
        && !name.SequenceEqual(".."u8);
}
