namespace Hearth.EndToEnd.Tests.Support;

/// <summary>A minimal Debian made by debootstrap once per checkout, kept in artifacts/. Tests never write to it.</summary>
public sealed class DebianRoot
{
    private static readonly Lazy<string> Made = new(() => Make("debian"));

    public string Tree => Made.Value;

    /// <summary>Makes a tree, unless it exists.</summary>
    /// <param name="name">Its name in artifacts/test-roots.</param>
    /// <param name="flags">Further flags of debootstrap.</param>
    internal static string Make(string name, params string[] flags)
    {
        string tree = Path.Combine(Programs.Artifacts, "test-roots", name);
        if (Directory.Exists(tree))
        {
            return tree;
        }

        string unfinished = tree + ".new";
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(tree)!);
        Command.Tool("debootstrap", ["--variant=minbase", .. flags, "bookworm", unfinished]);
        Directory.Move(unfinished, tree);
        return tree;
    }
}
