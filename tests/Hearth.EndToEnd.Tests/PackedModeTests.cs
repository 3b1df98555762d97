using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>Roots that are packed or copied before the guest boots, and what happens when a mode cannot be had.</summary>
public sealed class PackedModeTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private const int HearthFailed = 125;
    private const int Interrupted = 130;

    /// <summary>All names, attributes and bytes of the guest's own view of a directory.</summary>
    private const string Describe = "cd /var/lib/dpkg && find . -xdev -printf '%p %y %m %U %G %Ts %l\\n' | LC_ALL=C sort; find . -xdev -type f -exec sha256sum {} + | sort";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("squashfs", "SquashFS")]
    [InlineData("ext4", "ext4")]
    public void A_packed_root_shows_the_guest_what_a_lazy_one_does(string mode, string title)
    {
        string expected = sandbox.RunExpecting(0, "run", "--rootfs-mode", "lazy", debian.Tree, "sh", "-c", Describe).OutputText;

        CommandResult result = sandbox.RunExpecting(0, "run", "--rootfs-mode", mode, "--compression", "lz4", "--report", sandbox.PathOf("report"), debian.Tree, "sh", "-c", Describe);

        Assert.Equal(expected, result.OutputText);
        Assert.Matches(@$"^\[rootfs\] Rootfs size: [0-9.]+ MiB -> {title}: [0-9.]+ MiB \([0-9]+% of original\)\n$", result.ErrorText);
        JsonElement rootfs = Report();
        Assert.Equal(mode, rootfs.GetProperty("mode").GetString());
        Assert.Equal(0, rootfs.GetProperty("fallbacks").GetArrayLength());
        Assert.Equal(rootfs.GetProperty("contentBytes").GetInt64(), rootfs.GetProperty("bytesRead").GetInt64());
    }

    [Theory]
    [InlineData("squashfs")]
    [InlineData("ext4")]
    public void What_is_excluded_is_not_packed(string mode)
    {
        CommandResult result = sandbox.RunExpecting(0, "run", "--rootfs-mode", mode, "--exclude", "usr/share", "--exclude", "etc/passwd", debian.Tree, "sh", "-c", "ls -d /usr/share /etc/passwd /usr/bin; true");

        Assert.Equal("/usr/bin\n", result.OutputText);
    }

    [Fact]
    public void A_copied_root_is_made_where_the_links_of_dev_are_missing()
    {
        // What a container has of /dev that was started without a runtime's links.
        const string Bare = "mount -t tmpfs bare /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/zero c 1 5 && mknod -m 666 /dev/urandom c 1 9 && exec \"$@\"";
        string image = sandbox.PathOf("root.ext4");
        using Command build = sandbox.StartProgram(
            "unshare", "--mount", "--propagation", "private", "sh", "-c", Bare, "sh", Programs.Hearth, "rootfs", "build", debian.Tree, "--mode", "ext4", "-o", image);
        build.CloseInput();
        CommandResult result = build.Wait();

        Assert.True(result.ExitCode == 0, result.ErrorText);
        Assert.True(File.Exists(image));
    }

    [Fact]
    public void Without_fuse_the_root_is_packed_and_without_mksquashfs_copied()
    {
        CommandResult packed = RunWithout(["/dev/fuse"], "run", "--level", "1", "--report", sandbox.PathOf("report"), debian.Tree, "cat", "/etc/debian_version");

        Assert.Contains("warning: cannot prepare the root as lazy, so squashfs is tried", packed.ErrorText, StringComparison.Ordinal);
        Assert.Equal(("squashfs", "lazy"), (Report().GetProperty("mode").GetString(), Report().GetProperty("fallbacks")[0].GetProperty("mode").GetString()));

        CommandResult copied = RunWithout(["/dev/fuse", "/usr/bin/mksquashfs"], "run", "--report", sandbox.PathOf("report"), debian.Tree, "cat", "/etc/debian_version");

        Assert.Contains("so ext4 is tried", copied.ErrorText, StringComparison.Ordinal);
        Assert.Equal("ext4", Report().GetProperty("mode").GetString());
        Assert.Equal(packed.OutputText, copied.OutputText);
    }

    [Fact]
    public void A_mode_that_was_asked_for_is_not_replaced()
    {
        CommandResult result = RunWithout(["/dev/fuse"], HearthFailed, "run", "--rootfs-mode", "lazy", debian.Tree, "true");

        Assert.Contains("/dev/fuse", result.ErrorText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("squashfs")]
    [InlineData("ext4")]
    public void A_full_disk_leaves_no_image(string mode)
    {
        string full = Directory.CreateDirectory(sandbox.PathOf("full")).FullName;
        Command.Tool("mount", "-t", "tmpfs", "-o", "size=16m", "none", full);
        try
        {
            CommandResult result = sandbox.RunExpecting(HearthFailed, "--state-dir", full, "run", "--kernel", Kernel, "--rootfs-mode", mode, debian.Tree, "true");

            Assert.Contains("space", result.ErrorText, StringComparison.OrdinalIgnoreCase);
            Assert.Empty(Sandbox.FilesIn(full));
        }
        finally
        {
            Command.Unmount(full);
        }
    }

    [Theory]
    [InlineData("squashfs")]
    [InlineData("squashfs", "--no-fragments", Explicit = true)]
    [InlineData("ext4")]
    public void Build_makes_a_file_that_mounts(string mode, params string[] flags)
    {
        string image = sandbox.PathOf("image");
        string mounted = Directory.CreateDirectory(sandbox.PathOf("mounted")).FullName;

        JsonElement told = JsonDocument.Parse(sandbox.RunExpecting(
            0, ["rootfs", "build", debian.Tree, "-o", image, "--mode", mode, "--compression", "zstd", "--level", "1", "--format", "json", .. flags]).OutputText).RootElement;

        Assert.Equal(new FileInfo(image).Length, told.GetProperty("imageBytes").GetInt64());
        if (mode == "squashfs")
        {
            Assert.Matches(flags.Length > 0 ? "(?m)^fragments +0$" : "(?m)^fragments +[1-9]", sandbox.RunExpecting(0, "rootfs", "dump", image).OutputText);
        }

        Command.Tool("mount", "-t", mode, "-o", "loop,ro", image, mounted);
        try
        {
            Assert.Equal("", Command.Tool("diff", "-r", "--no-dereference", "--exclude=dev", debian.Tree, mounted));
        }
        finally
        {
            Command.Unmount(mounted);
        }
    }

    [Theory]
    [InlineData("INT", Interrupted)]
    [InlineData("KILL", 137)]
    public void A_build_that_is_ended_leaves_the_old_image_and_the_next_one_cleans_up(string signal, int exitCode)
    {
        string image = sandbox.PathOf("image");
        File.WriteAllText(image, "the old one");
        using (Command build = sandbox.Start("rootfs", "build", debian.Tree, "-o", image, "--level", "22"))
        {
            Sandbox.WaitUntil(() => Directory.EnumerateFiles(sandbox.Root, "image.*.unfinished").Any(), "an image under construction");
            build.Signal(signal);
            Assert.Equal(exitCode, build.Wait().ExitCode);
        }

        Assert.Equal("the old one", File.ReadAllText(image));
        sandbox.RunExpecting(0, "rootfs", "build", debian.Tree, "-o", image, "--compression", "none");
        Assert.Empty(Directory.EnumerateFiles(sandbox.Root, "image.*.unfinished"));
    }

    [Fact]
    public void A_packer_that_fails_or_is_missing_is_named()
    {
        CommandResult failed = RunWithout(["/usr/bin/mksquashfs"], 1, "rootfs", "build", debian.Tree, "-o", sandbox.PathOf("image"));
        CommandResult level = sandbox.RunExpecting(HearthFailed, "rootfs", "build", debian.Tree, "-o", sandbox.PathOf("image"), "--compression", "lz4", "--level", "3");
        CommandResult fragments = sandbox.RunExpecting(HearthFailed, "rootfs", "build", debian.Tree, "-o", sandbox.PathOf("image"), "--mode", "ext4", "--no-fragments");
        CommandResult directory = sandbox.RunExpecting(1, "rootfs", "build", debian.Tree, "-o", "/proc/image");

        Assert.Contains("mksquashfs", failed.ErrorText, StringComparison.Ordinal);
        Assert.Contains("no levels", level.ErrorText, StringComparison.Ordinal);
        Assert.Contains("omit it with --mode ext4", fragments.ErrorText, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(sandbox.Root, "image*"));
        Assert.Contains("/proc/image", directory.ErrorText, StringComparison.Ordinal);
    }

    private static string Kernel { get; } = Directory.EnumerateDirectories(Path.Combine(Programs.Artifacts, "share", "hearth", "kernels")).First();

    private JsonElement Report() => JsonDocument.Parse(File.ReadAllText(sandbox.PathOf("report"))).RootElement.GetProperty("rootfs");

    private CommandResult RunWithout(string[] files, params string[] arguments) => RunWithout(files, 0, arguments);

    /// <summary>Runs hearth where these files are the null device, which only its own mount namespace shows.</summary>
    private CommandResult RunWithout(string[] files, int exitCode, params string[] arguments)
    {
        string script = string.Concat(files.Select(file => $"mount --bind /dev/null {file} && ")) + "exec \"$@\"";
        using Command command = sandbox.StartProgram("unshare", ["--mount", "--propagation", "private", "sh", "-c", script, "sh", Programs.Hearth, .. Sandbox.WithRemoval(arguments)]);
        command.CloseInput();
        CommandResult result = command.Wait();
        Assert.True(result.ExitCode == exitCode, $"it ended with {result.ExitCode}: {result.ErrorText}");
        return result;
    }
}
