using System.IO.MemoryMappedFiles;
using System.Text;

namespace Hearth.Shares.Tests.Support;

/// <summary>What the test program does as a process of its own.</summary>
internal static class MappedFile
{
    /// <summary>Writes a text to a file's beginning through a shared mapping, and prints what another mapping then shows.</summary>
    /// <returns>The process's exit status.</returns>
    public static int Write(string path, string text)
    {
        using MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        using MemoryMappedViewAccessor first = map.CreateViewAccessor();
        using MemoryMappedViewAccessor second = map.CreateViewAccessor();
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        first.WriteArray(0, bytes, 0, bytes.Length);
        byte[] seen = new byte[bytes.Length];
        second.ReadArray(0, seen, 0, seen.Length);
        Console.WriteLine(Encoding.UTF8.GetString(seen));
        return 0;
    }
}
