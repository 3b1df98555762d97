using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>/etc/resolv.conf and /etc/hosts over whatever images have in their places.</summary>
public sealed class HostFileTests(GuestParts parts)
{
    private const string Configuration = "nameserver 127.0.0.11\noptions ndots:0";

    private static readonly GuestNetwork network = new([], Configuration + "\n", [new GuestHostEntry("10.0.0.9", "db")]);

    [Theory]
    [InlineData("echo of the image >etc/resolv.conf", false)]
    [InlineData("echo of the image >etc/resolv.conf", true)]
    [InlineData("rm -f etc/resolv.conf", false)]
    [InlineData("rm -f etc/resolv.conf", true)]
    [InlineData("rm -rf etc", true)]
    [InlineData("ln -s ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf", false)]
    [InlineData("ln -s ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf", true)]
    [InlineData("ln -s /run/resolvconf/resolv.conf etc/resolv.conf", true)]
    [InlineData("echo of the image >tmp/file; ln -s /tmp/file etc/resolv.conf", true)]
    [InlineData("ln -s ../../../../../tmp/other/file etc/resolv.conf", false)]
    public async Task The_resolvers_configuration_is_there_whatever_the_image_has(string change, bool isReadOnly)
    {
        await using TestGuest guest = await TestGuest.BootFromAsync(parts, MakeImage(change));
        await guest.ConfigureAsync(configuration => configuration with { Root = TestGuest.WritableRoot with { ReadOnly = isReadOnly }, Network = network });

        Assert.Equal(Configuration, await guest.ShellAsync("cat /etc/resolv.conf"));
        Assert.Equal("10.0.0.9\tdb\n127.0.1.1\ttestling", await guest.ShellAsync("tail -n 2 /etc/hosts"));
        Assert.Equal(isReadOnly ? "1" : "0", await guest.ShellAsync("touch /etc/new 2>/dev/null; echo $?"));
        Assert.Equal("changed", await guest.ShellAsync("echo changed >/etc/resolv.conf; cat /etc/resolv.conf"));
    }

    [Fact]
    public async Task A_target_in_a_tmpfs_of_the_container_is_made_there()
    {
        await using TestGuest guest = await TestGuest.BootFromAsync(parts, MakeImage("ln -s ../run/resolve/stub.conf etc/resolv.conf"));
        await guest.ConfigureAsync(configuration => configuration with
        {
            Root = TestGuest.WritableRoot with { ReadOnly = true },
            Network = network,
            Mounts = [new GuestMount("/run", "tmpfs", "tmpfs", [])],
        });

        Assert.Equal(Configuration, await guest.ShellAsync("cat /run/resolve/stub.conf"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nameserver 192.0.2.1\n")]
    public async Task The_images_file_stays_without_a_configuration_and_a_mount_has_precedence(string configuration)
    {
        await using TestGuest guest = await TestGuest.BootFromAsync(parts, MakeImage("echo of the image >etc/resolv.conf; echo mounted >etc/other"));
        GuestMount[] mounts = configuration.Length == 0 ? [] : [new GuestMount("/etc/resolv.conf", "none", "/etc/other", ["bind"])];
        await guest.ConfigureAsync(request => request with { Network = network with { ResolverConfiguration = configuration }, Mounts = mounts });

        Assert.Equal(mounts.Length == 0 ? "of the image" : "mounted", await guest.ShellAsync("cat /etc/resolv.conf"));
    }

    [Fact]
    public async Task A_guest_without_the_interface_fails_with_its_address()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts);
        await guest.SendAsync(new ConfigureGuest
        {
            Hostname = "x", Root = TestGuest.WritableRoot, Network = network with { Interfaces = [new GuestInterface([2, 0, 0, 0, 0, 1], 0, [], [])] },
        });

        Assert.Contains("network interface 02:00:00:00:00:01: the machine has none", await guest.NextFailureAsync());
    }

    private string MakeImage(string change)
    {
        string tree = parts[$"names-{Guid.NewGuid():n}"];
        Tool.Run("/", "unsquashfs", "-quiet", "-no-progress", "-d", tree, parts.RootDrive);
        Tool.Run(tree, "sh", "-c", change);
        Tool.Run(tree, "mksquashfs", tree, tree + ".img", "-noappend", "-no-progress", "-quiet");
        Directory.Delete(tree, recursive: true);
        return tree + ".img";
    }
}
