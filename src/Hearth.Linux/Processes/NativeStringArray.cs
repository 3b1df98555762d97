using System.Runtime.InteropServices;
using Hearth.Linux.Text;

namespace Hearth.Linux.Processes;

/// <summary>
/// A char*[] ending in NULL, as execve(2) expects it: strings encoded by ByteText in native memory, freed on dispose.
/// </summary>
internal readonly unsafe struct NativeStringArray : IDisposable
{
    private readonly int count;

    internal NativeStringArray(IReadOnlyList<string> values)
    {
        count = values.Count;
        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < count; i++)
        {
            Pointer[i] = ByteTextMarshaller.ConvertToUnmanaged(values[i]);
        }
    }

    internal byte** Pointer { get; }

    public void Dispose()
    {
        for (int i = 0; i < count; i++)
        {
            ByteTextMarshaller.Free(Pointer[i]);
        }

        NativeMemory.Free(Pointer);
    }
}
