namespace Hearth.Bench;

/// <summary>An image with Python, numpy, git and Perl: one gzip layer of some 230 MB, with 490 MB from Debian's packages.</summary>
internal static class PythonImage
{
    private const string Packages = "python3,python3-numpy,perl,git,vim-runtime,openssl,ca-certificates";

    /// <summary>Makes the image, or finds the one that was made before.</summary>
    /// <returns>An OCI layout, with the image <c>python</c>.</returns>
    public static string Make(Workshop workshop)
    {
        string layout = Path.Combine(workshop.TreeCache, "python-image");
        if (Directory.Exists(layout))
        {
            return layout;
        }

        string tree = Path.Combine(workshop.Scratch, "tree");
        string draft = Path.Combine(workshop.Scratch, "layout");
        Shell.Run("debootstrap", "--variant=minbase", $"--include={Packages}", "bookworm", tree);
        Shell.Run("umoci", "init", "--layout", draft);
        Shell.Run("umoci", "new", "--image", $"{draft}:python");
        Shell.Run("umoci", "insert", "--image", $"{draft}:python", tree, "/");
        Shell.Run("umoci", "config", "--image", $"{draft}:python", "--config.cmd", "/nothing");
        Directory.Delete(tree, recursive: true);
        Directory.CreateDirectory(workshop.TreeCache);
        Directory.Move(draft, layout);
        return layout;
    }
}
