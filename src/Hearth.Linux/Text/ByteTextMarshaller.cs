using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace Hearth.Linux.Text;

/// <summary>Passes a string to the kernel as NUL-terminated bytes encoded by <see cref="ByteText"/>.</summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedIn, typeof(ByteTextMarshaller))]
internal static unsafe class ByteTextMarshaller
{
    /// <summary>Copies the string to native memory, which <see cref="Free"/> releases.</summary>
    public static byte* ConvertToUnmanaged(string? text)
    {
        if (text is null)
        {
            return null;
        }

        byte[] bytes = ByteText.Encode(text);
        byte* copy = (byte*)NativeMemory.Alloc((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        copy[bytes.Length] = 0;
        return copy;
    }

    public static void Free(byte* copy) => NativeMemory.Free(copy);
}
