namespace Hearth.EndToEnd.Tests.Support;

/// <summary>A minimal Debian made by debootstrap once per checkout, kept in artifacts/. Tests never write to it.</summary>
public sealed class DebianRoot
{
    private static readonly Lazy<string> Made = new(Make);

    public string Tree => Made.Value;

    private static string Make()
    {
        string tree = Path.Combine(Programs.Artifacts, "test-roots", "debian");
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
        Command.Tool("debootstrap", "--variant=minbase", "bookworm", unfinished);
        Directory.Move(unfinished, tree);
        return tree;
    }
}
