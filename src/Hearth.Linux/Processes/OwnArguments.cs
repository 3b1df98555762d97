using Hearth.Linux.Text;

namespace Hearth.Linux.Processes;

/// <summary>This program's arguments and environment as <see cref="ByteText"/>: the runtime decodes what is not UTF-8 with a loss.</summary>
public static class OwnArguments
{
    private const byte End = 0;

    /// <param name="decoded">The arguments as the runtime has decoded them, without the program's name.</param>
    public static string[] Read(string[] decoded) =>
        !decoded.Any(ByteText.IsDoubtful) ? decoded : [.. ReadList("/proc/self/cmdline")[^decoded.Length..].Select(bytes => ByteText.Decode(bytes))];

    /// <summary>The value of a variable that this program was started with; null where it is not set.</summary>
    public static string? ReadVariable(string name)
    {
        if (Environment.GetEnvironmentVariable(name) is not { } decoded || !ByteText.IsDoubtful(decoded))
        {
            return Environment.GetEnvironmentVariable(name);
        }

        byte[] prefix = [.. ByteText.Encode(name), (byte)'='];
        byte[]? variable = ReadList("/proc/self/environ").FirstOrDefault(variable => variable.AsSpan().StartsWith(prefix));
        return variable is null ? decoded : ByteText.Decode(variable.AsSpan(prefix.Length));
    }

    /// <summary>proc(5)'s lists: each item with a NUL behind it.</summary>
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
