using System.Text;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>Reads all extended attributes below a mount point with getfattr, as lines <c>path|name=hex</c> in Latin-1.</summary>
public static class MountedXattrs
{
    private const string FileMark = "# file: ";

    public static List<string> Read(string mountPoint)
    {
        Command.SkipUnlessInstalled("getfattr", "attr");
        Command.Outcome outcome = Command.Try("env", ["-C", mountPoint, "LC_ALL=C", "getfattr", "-R", "-P", "-h", "-d", "-m", "-", "-e", "hex", "."]);

        // A SquashFS image that holds none has no operation for them.
        bool isWithout = outcome.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).All(line => line.EndsWith(": Operation not supported", StringComparison.Ordinal));
        Assert.True(outcome.ExitCode == 0 || isWithout, $"getfattr ended with {outcome.ExitCode}: {outcome.Errors}");
        string output = Encoding.Latin1.GetString(outcome.Output);
        var lines = new List<string>();
        string path = "";
        foreach (string line in output.Split('\n'))
        {
            if (line.StartsWith(FileMark, StringComparison.Ordinal))
            {
                path = PathOf(Unescape(line[FileMark.Length..]));
            }
            else if (line.Length > 0)
            {
                lines.Add($"{path}|{Attribute(line)}");
            }
        }

        return lines;
    }

    private static string PathOf(string printed) => printed == "." ? "" : printed.StartsWith("./", StringComparison.Ordinal) ? printed[2..] : printed;

    /// <summary><c>name=0xHEX</c>, or the name alone where the value is empty.</summary>
    private static string Attribute(string line)
    {
        int equals = line.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? Unescape(line) + "=" : $"{Unescape(line[..equals])}={line[(equals + 1)..].Replace("0x", "", StringComparison.Ordinal)}";
    }

    /// <summary>getfattr writes odd bytes as a backslash and three octal digits.</summary>
    private static string Unescape(string text)
    {
        var plain = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            bool isEscape = text[i] == '\\' && i + 3 < text.Length;
            plain.Append(isEscape ? (char)Convert.ToInt32(text.Substring(i + 1, 3), 8) : text[i]);
            i += isEscape ? 3 : 0;
        }

        return plain.ToString();
    }
}
