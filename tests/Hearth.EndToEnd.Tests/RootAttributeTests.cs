using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>The container's / as the directory has it, and what is mounted where the directory has nothing, or a link to nothing.</summary>
public sealed class RootAttributeTests : IDisposable
{
    private const string Expected = "751 12:34 1000000000";

    private readonly Sandbox sandbox = new();
    private readonly string tree;

    public RootAttributeTests()
    {
        tree = BusyboxTree.Make(sandbox);
        foreach (string name in (string[])["mv", "id", "grep"])
        {
            File.CreateSymbolicLink(Path.Combine(tree, "bin", name), "busybox");
        }

        Command.Tool("chown", "12:34", tree);
        Command.Tool("chmod", "751", tree);
        Command.Tool("touch", "-d", "@1000000000", tree);
    }

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("lazy", "--rootfs-format", "erofs")]
    [InlineData("lazy", "--rootfs-format", "squashfs")]
    [InlineData("squashfs")]
    [InlineData("ext4")]
    [InlineData("lazy", "--read-only")]
    [InlineData("lazy", "--scratch", "64m")]
    public void The_root_has_the_directorys_owner_mode_and_time(string mode, params string[] flags)
    {
        CommandResult result = sandbox.RunExpecting(0, ["run", "--rootfs-mode", mode, .. flags, "-u", "1000:1000", tree, "sh", "-c", "stat -c '%a %u:%g %Y' /; mv /etc /owned 2>/dev/null || echo refused"]);
        Assert.Equal($"{Expected}\nrefused\n", result.OutputText);
    }

    [Fact]
    public void The_root_of_a_bundle_has_them_too()
    {
        File.WriteAllText(sandbox.PathOf("config.json"), JsonSerializer.Serialize(new
        {
            ociVersion = "1.0.2",
            root = new { path = tree },
            process = new { args = (string[])["stat", "-c", "%a %u:%g %Y", "/"], cwd = "/", env = (string[])["PATH=/bin"], user = new { uid = 1000, gid = 1000 } },
        }));
        Assert.Equal(Expected + "\n", sandbox.RunExpecting(0, "run", "--bundle", sandbox.Root).OutputText);
    }

    /// <summary>docker keeps what a container makes of its own / as well.</summary>
    [Fact]
    public void A_restart_keeps_what_the_container_made_of_them()
    {
        sandbox.Hearth("create", "--name", "box", "--scratch", "64m", tree, "sh", "-c", "stat -c '%a %u:%g' /; chmod 700 /");
        Assert.Equal("751 12:34", sandbox.Hearth("start", "-a", "box"));
        Assert.Equal("700 12:34", sandbox.Hearth("start", "-a", "box"));
        sandbox.Hearth("rm", "box");
    }

    /// <summary>systemd's images have a resolv.conf that leads into a /run which is empty until something starts.</summary>
    [Fact]
    public void What_is_mounted_behind_a_link_to_nothing_is_made_inside_the_root()
    {
        File.CreateSymbolicLink(Path.Combine(tree, "etc/resolv.conf"), "../run/resolve/stub.conf");
        File.CreateSymbolicLink(Path.Combine(tree, "etc/fixed.conf"), "/run/resolve/fixed.conf");
        File.CreateSymbolicLink(Path.Combine(tree, "etc/share"), "/../../srv/share");
        File.CreateSymbolicLink(Path.Combine(tree, "etc/volume"), "/srv/volume");
        File.CreateSymbolicLink(Path.Combine(tree, "etc/tmpfs"), "/srv/tmpfs");
        string host = sandbox.MakeTree("host", ("file", "of the host\n"), ("directory/inner", "inner\n"));

        CommandResult result = sandbox.RunExpecting(
            0, "run", "-v", $"{host}/file:/etc/resolv.conf", "-v", $"{host}/file:/etc/fixed.conf:ro", "-v", $"{host}/directory:/etc/share", "-v", "kept:/etc/volume",
            "--tmpfs", "/etc/tmpfs", tree, "sh", "-c",
            "cat /etc/resolv.conf /run/resolve/stub.conf /run/resolve/fixed.conf /srv/share/inner; echo x >/etc/volume/x; echo x >/etc/tmpfs/x; readlink /etc/resolv.conf; grep -c ' /srv/' /proc/mounts");

        Assert.Equal("of the host\nof the host\nof the host\ninner\n../run/resolve/stub.conf\n3\n", result.OutputText);
        sandbox.Hearth("volume", "rm", "kept");
    }

    [Theory]
    [InlineData(true, "--rootfs-mode", "lazy")]
    [InlineData(true, "--rootfs-mode", "squashfs")]
    [InlineData(false, "--scratch", "64m")]
    public void Attributes_that_the_layer_in_memory_loses_are_reported(bool isReported, params string[] flags)
    {
        Command.Tool("setfattr", "-n", "user.colour", "-v", "red", Path.Combine(tree, "etc/.keep"));
        CommandResult result = sandbox.RunExpecting(0, ["run", .. flags, tree, "true"]);

        // Before Linux 6.6, which Debian 12's is.
        Assert.Equal(isReported, result.ErrorText.Contains("extended attributes of users (user.*)", StringComparison.Ordinal));
    }
}
