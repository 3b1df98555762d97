using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>hearth rootfs plan|serve|dump</c>, judged by mounting what they show.</summary>
public sealed class RootfsCommandTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Plan_tells_sizes_and_where_the_bytes_are()
    {
        JsonElement plan = JsonDocument.Parse(sandbox.RunExpecting(0, "rootfs", "plan", debian.Tree, "--format", "json").OutputText).RootElement;
        string table = sandbox.RunExpecting(0, "rootfs", "plan", debian.Tree).OutputText;

        int names = int.Parse(Command.Tool("sh", "-c", $"find '{debian.Tree}' -xdev -printf '%i\\n' | sort -u | wc -l"));
        Assert.Equal(names, plan.GetProperty("nodes").GetInt32());
        Assert.True(plan.GetProperty("metadataBytes").GetInt64() < plan.GetProperty("imageBytes").GetInt64());
        Assert.Contains("usr", table, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("erofs")]
    [InlineData("squashfs")]
    public void A_served_image_mounts_and_equals_its_source(string format)
    {
        string served = Directory.CreateDirectory(sandbox.PathOf("served")).FullName;
        string mounted = Directory.CreateDirectory(sandbox.PathOf("mounted")).FullName;
        using Command server = sandbox.Start("rootfs", "serve", debian.Tree, "--at", served, "--rootfs-format", format);
        server.WaitForOutput("rootfs.img");
        Command.Tool("mount", "-t", format, "-o", "loop,ro", Path.Combine(served, "rootfs.img"), mounted);
        try
        {
            Assert.Equal("", Command.Tool("diff", "-r", "--no-dereference", "--exclude=dev", "--exclude=proc", debian.Tree, mounted));
            Assert.Equal(Listing(debian.Tree, format), Listing(mounted, format));
        }
        finally
        {
            Command.Unmount(mounted);
        }

        server.Signal("INT");
        CommandResult result = server.Wait();
        Assert.Equal(0, result.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(served));
    }

    [Fact]
    public void A_server_that_is_killed_leaves_a_mount_that_the_next_serve_replaces()
    {
        string served = Directory.CreateDirectory(sandbox.PathOf("served")).FullName;
        using (Command first = sandbox.Start("rootfs", "serve", debian.Tree, "--at", served))
        {
            first.WaitForOutput("rootfs.img");
            first.Signal("KILL");
            first.Wait();
        }

        using Command second = sandbox.Start("rootfs", "serve", debian.Tree, "--at", served);
        second.WaitForOutput("rootfs.img");
        Assert.True(File.Exists(Path.Combine(served, "rootfs.img")));
        second.Signal("TERM");
        Assert.Equal(0, second.Wait().ExitCode);
    }

    [Fact]
    public void Dump_accounts_for_every_byte_of_a_real_image()
    {
        string image = sandbox.PathOf("image.erofs");
        string tree = sandbox.MakeTree("small", ("a", "one"), ("dir/b", "two"));
        Command.Tool("mkfs.erofs", "--quiet", image, tree);
        JsonElement dump = JsonDocument.Parse(sandbox.RunExpecting(0, "rootfs", "dump", image, "--format", "json").OutputText).RootElement;

        long covered = dump.GetProperty("regions").EnumerateArray().Sum(region => region.GetProperty("length").GetInt64());
        Assert.Equal(new FileInfo(image).Length, covered);
    }

    [Fact]
    public void Dump_refuses_what_is_no_image()
    {
        CommandResult result = sandbox.Run("rootfs", "dump", "/etc/services");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("/etc/services", result.ErrorText, StringComparison.Ordinal);
    }

    // Every attribute but a directory's size, which is each file system's own affair; SquashFS keeps whole seconds.
    private static string Listing(string tree, string format)
    {
        string time = format == "squashfs" ? "%Ts" : "%T@";
        return Command.Tool("sh", "-c", $"cd '{tree}' && find . -xdev \\( -type d -printf '%p d %m %U %G {time}\\n' -o -printf '%p %y %m %U %G {time} %l %n %s\\n' \\) | LC_ALL=C sort");
    }
}
