using System.Text;

namespace Hearth.Machines.Kernel;

/// <summary>Strings within binary files.</summary>
internal static class Text
{
    /// <summary>The bytes up to a NUL or the end, as Latin-1: every byte is a character.</summary>
    internal static string UntilNul(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
