using System.Runtime.InteropServices;

namespace Hearth.Bench;

/// <summary>
/// Makes a tree like a large image's: 79,000 files in 6,000 directories, 4.4 GB, file sizes spread like those of
/// real roots (most small, few large), contents cut from this machine's own libraries so that they compress like them.
/// The same seed gives the same names and sizes.
/// </summary>
internal static class SampleTree
{
    public const int FileCount = 79_000;
    private const int FilesPerDirectory = 13;
    private const int DirectoriesPerLevel = 18;
    private const long TargetBytes = 4_400_000_000;
    private const int Seed = 20_260;
    private const string CompleteMarker = ".complete";

    /// <summary>The tree's path; made on first use, which takes about a minute.</summary>
    public static string Ensure(string cache)
    {
        string tree = Path.Combine(cache, "large");
        string marker = Path.Combine(cache, "large" + CompleteMarker);
        if (!File.Exists(marker))
        {
            Console.Error.WriteLine($"==> Making a tree of {FileCount:N0} files, {TargetBytes / 1e9:F1} GB (once; kept in artifacts/bench/trees)");
            if (Directory.Exists(tree))
            {
                Directory.Delete(tree, recursive: true);
            }

            Make(tree);
            File.WriteAllText(marker, "");
        }

        return tree;
    }

    private static void Make(string tree)
    {
        byte[] material = Material();
        var random = new Random(Seed);
        long[] sizes = Sizes(random);
        for (int i = 0; i < FileCount; i++)
        {
            int directory = i / FilesPerDirectory;
            string path = Path.Combine(tree, $"d{directory % DirectoriesPerLevel:D2}", $"d{directory / DirectoriesPerLevel % DirectoriesPerLevel:D2}", $"d{directory:D4}");
            Directory.CreateDirectory(path);
            using FileStream file = File.Create(Path.Combine(path, $"file-{i:D5}.bin"));
            long left = sizes[i];
            while (left > 0)
            {
                int from = random.Next(material.Length - 1);
                int count = (int)Math.Min(left, Math.Min(1 << 20, material.Length - from));
                file.Write(material, from, count);
                left -= count;
            }
        }
    }

    // Log-normal sizes, scaled to the wanted sum: the shape that file systems of distributions show.
    private static long[] Sizes(Random random)
    {
        double[] raw = new double[FileCount];
        foreach (ref double size in raw.AsSpan())
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            size = Math.Exp(8 + (2.2 * normal));
        }

        double scale = TargetBytes / raw.Sum();
        return [.. raw.Select(size => (long)(size * scale))];
    }

    private static byte[] Material()
    {
        const int WantedBytes = 256 << 20;
        var material = new List<byte>(WantedBytes);
        foreach (string file in Directory.EnumerateFiles("/usr/lib", "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true }).Order(StringComparer.Ordinal))
        {
            long length = new FileInfo(file).Length;
            if (length is > 4096 and < 16 << 20)
            {
                material.AddRange(File.ReadAllBytes(file));
            }

            if (material.Count >= WantedBytes)
            {
                break;
            }
        }

        return CollectionsMarshal.AsSpan(material).ToArray();
    }
}
