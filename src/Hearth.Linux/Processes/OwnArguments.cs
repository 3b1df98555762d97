using System.Collections;
using Hearth.Linux.Text;

namespace Hearth.Linux.Processes;

/// <summary>
/// This program's arguments and environment as <see cref="ByteText"/>: the runtime loses bytes that are not UTF-8.
/// </summary>
public static class OwnArguments
{
    private const byte End = 0;

    /// <param name="decoded">The arguments as decoded by the runtime, without the program's name.</param>
    public static string[] Read(string[] decoded) =>
        !decoded.Any(ByteText.IsDoubtful) ? decoded : [.. ReadList("/proc/self/cmdline")[^decoded.Length..].Select(bytes => ByteText.Decode(bytes))];

    /// <param name="decoded">The variables as decoded by the runtime.</param>
    public static HostEnvironment ReadEnvironment(IDictionary decoded)
    {
        Dictionary<string, string> variables = decoded.Cast<DictionaryEntry>().ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value!);
        if (variables.Values.Any(ByteText.IsDoubtful))
        {
            foreach (string[] variable in ReadList("/proc/self/environ").Select(bytes => ByteText.Decode(bytes).Split('=', 2)).Where(variable => variable.Length > 1))
            {
                variables[variable[0]] = variable[1];
            }
        }

        return new HostEnvironment(variables);
    }

    /// <summary>Reads a list of proc(5), in which each item ends with a NUL.</summary>
    private static List<byte[]> ReadList(string path)
    {
        List<byte[]> items = [];
        for (ReadOnlySpan<byte> rest = File.ReadAllBytes(path); !rest.IsEmpty;)
        {
            int length = rest.IndexOf(End) is >= 0 and var end ? end : rest.Length;
            items.Add(rest[..length].ToArray());
            rest = rest[Math.Min(length + 1, rest.Length)..];
        }

        return items;
    }
}
