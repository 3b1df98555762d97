using System.IO.Compression;
using System.Text;

namespace Hearth.Machines.Kernel;

/// <summary>The known build options of a kernel (.config): built in (y) or modular (m).</summary>
internal sealed class BuildConfiguration
{
    private const int LimitInBytes = 4 << 20;

    private readonly Dictionary<string, char> options = [];

    private BuildConfiguration()
    {
    }

    internal static BuildConfiguration Parse(TextReader text)
    {
        BuildConfiguration configuration = new();
        while (text.ReadLine() is { } line)
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 7 && equals + 2 == line.Length && line.StartsWith("CONFIG_", StringComparison.Ordinal))
            {
                configuration.options[line[7..equals]] = line[^1];
            }
        }

        return configuration;
    }

    /// <summary>
    /// Reads the configuration that a kernel with CONFIG_IKCONFIG contains: a gzip stream between <c>IKCFG_ST</c> and
    /// <c>IKCFG_ED</c> (kernel/configs.c).
    /// </summary>
    /// <returns>The configuration; null if the image contains none.</returns>
    internal static BuildConfiguration? FindEmbedded(byte[] image)
    {
        int start = image.AsSpan().IndexOf("IKCFG_ST"u8);
        if (start < 0)
        {
            return null;
        }

        int length = image.AsSpan(start).IndexOf("IKCFG_ED"u8);
        if (length < 0)
        {
            return null;
        }

        try
        {
            using GZipStream unpacking = new(new MemoryStream(image, start + 8, length - 8), CompressionMode.Decompress);
            byte[] text = new byte[LimitInBytes];
            int count = unpacking.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            return Parse(new StringReader(Encoding.Latin1.GetString(text, 0, count)));
        }
        catch (InvalidDataException)
        {
            // The marker can occur in other data, for example in this program; then the image has no configuration.
            return null;
        }
    }

    internal bool IsBuiltIn(string option) => options.GetValueOrDefault(option) == 'y';
}
