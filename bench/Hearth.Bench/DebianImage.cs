namespace Hearth.Bench;

/// <summary>An image of one gzip layer from Debian's packages, and a command of it that prints at once and ends.</summary>
/// <param name="Name">The image's name in its layout and in a registry.</param>
/// <param name="Packages">What debootstrap installs besides its smallest system.</param>
/// <param name="User">Who runs the command.</param>
/// <param name="Print">The command.</param>
internal sealed record DebianImage(string Name, string Packages, string User, string[] Print)
{
    /// <summary>With numpy, git and Perl: a layer of some 230 MB, with 490 MB.</summary>
    public static readonly DebianImage Python = new(
        "python", "python3,python3-numpy,perl,git,vim-runtime,openssl,ca-certificates", "root", ["python3", "-c", "print(6*7)"]);

    /// <summary>All that are measured.</summary>
    public static readonly DebianImage[] All =
    [
        Python,
        new("node", "nodejs,git,g++,make,python3,ca-certificates", "root", ["node", "-e", "console.log(6*7)"]),
        new("java", "openjdk-17-jdk-headless,ca-certificates", "root", ["java", "-Xshare:auto", "--version"]),
        new("postgres", "postgresql,postgresql-contrib,ca-certificates", "postgres", ["/usr/lib/postgresql/15/bin/postgres", "--describe-config"]),
    ];

    /// <summary>Makes the image, or finds the one that was made before.</summary>
    /// <returns>An OCI layout that has it.</returns>
    public string Make(Workshop workshop)
    {
        string layout = Path.Combine(workshop.TreeCache, $"{Name}-image");
        if (Directory.Exists(layout))
        {
            return layout;
        }

        string tree = Path.Combine(workshop.Scratch, "tree");
        string draft = Path.Combine(workshop.Scratch, "layout");
        Shell.Run("debootstrap", "--variant=minbase", $"--include={Packages}", "bookworm", tree);
        Shell.Run("umoci", "init", "--layout", draft);
        Shell.Run("umoci", "new", "--image", $"{draft}:{Name}");
        Shell.Run("umoci", "insert", "--image", $"{draft}:{Name}", tree, "/");
        Shell.Run("umoci", "config", "--image", $"{draft}:{Name}", "--config.cmd", "/nothing");
        Directory.Delete(tree, recursive: true);
        Directory.CreateDirectory(workshop.TreeCache);
        Directory.Move(draft, layout);
        return layout;
    }
}
