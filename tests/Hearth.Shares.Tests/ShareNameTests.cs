using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Fuse;
using Hearth.Shares.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares.Tests;

/// <summary>Files whose descriptors the server has closed are reached by the names that are left.</summary>
public sealed class ShareNameTests : IDisposable
{
    private readonly SharedTree tree = new();

    private string Source => tree.Source;

    public void Dispose() => tree.Dispose();

    /// <summary>The name that was looked up last goes; a process holds the file by its first name (O_PATH), and looks no name up again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_held_file_stays_reachable_when_its_newest_name_goes(bool isReplaced)
    {
        await using SharedDirectory shared = SharedDirectory.Make(options => options with { MaxHeldNodes = 1 });
        File.WriteAllText(Path.Combine(shared.Source, "first"), "content");
        File.WriteAllText(Path.Combine(shared.Source, "other"), "other");
        string second = Path.Combine(shared.Mount.Path, "second");
        string other = Path.Combine(shared.Mount.Path, "other");
        Assert.Equal(Errno.None, HeldNodes.TryHoldPath(shared.Mount.Path, out SafeFileHandle mount));
        using (mount)
        {
            Assert.Equal(Errno.None, HeldNodes.TryHold(mount, "first\0"u8, mayCrossMounts: true, out SafeFileHandle held));
            using (held)
            {
                Assert.Equal(Errno.None, DirectoryChanges.TryLink(held, mount, "second\0"u8));
                Assert.Equal("other", File.ReadAllText(other));
                if (isReplaced)
                {
                    File.Move(other, second, overwrite: true);
                }
                else
                {
                    File.Delete(second);
                }

                Assert.Equal(Errno.None, NodeChanges.TrySetMode(held, 0x180));
                Assert.Equal(Errno.None, HeldNodes.TryInspect(held, "\0"u8, out NodeStatus status));
                Assert.Equal((1u, 7ul), (status.LinkCount, status.Size));
            }
        }
    }

    /// <summary>Names in directories of which each but one is removed by the host, in either order.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(9)]
    public async Task A_file_is_reached_by_the_one_name_that_is_left(int left)
    {
        string[] names = [.. Enumerable.Range(0, 10).Select(i => Path.Combine(Source, $"names{i}", "name"))];
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(name)!);
            if (name == names[0])
            {
                File.WriteAllText(name, "content");
            }
            else
            {
                Assert.Equal(Errno.None, HardLink(names[0], name));
            }
        }

        await using ShareClient client = ShareClient.Connect(Source, options => options with { MaxHeldNodes = 1 });
        ulong[] directories = [.. Enumerable.Range(0, 10).Select(i => client.Lookup(ShareClient.Root, $"names{i}"))];
        ulong[] files = [.. directories.Select(directory => client.Lookup(directory, "name"))];
        Assert.Single(files.Distinct());
        foreach (string name in names.Where(name => name != names[left]))
        {
            Directory.Delete(Path.GetDirectoryName(name)!, recursive: true);
        }

        Assert.Equal(Errno.None, Attributes(client, files[0]));

        // The file has one name now: a look at it releases the directories, which the kernel has forgotten.
        Array.ForEach(directories, directory => Forget(client, directory, 1));
        Assert.Equal(files[0], client.Lookup(client.Lookup(ShareClient.Root, $"names{left}"), "name"));
        Assert.Equal(3, client.Server.Statistics.Nodes);
        Forget(client, files[0], (ulong)files.Length + 1);
        Assert.Equal(Errno.None, Attributes(client, ShareClient.Root));
        Assert.Equal(2, client.Server.Statistics.Nodes);
    }

    /// <summary>A file that is replaced by another under its only name is not reached, however many names it once had.</summary>
    [Fact]
    public async Task A_name_that_leads_to_another_file_by_now_reaches_nothing()
    {
        File.WriteAllText(Path.Combine(Source, "one"), "content");
        Assert.Equal(Errno.None, HardLink(Path.Combine(Source, "one"), Path.Combine(Source, "two")));
        await using ShareClient client = ShareClient.Connect(Source, options => options with { MaxHeldNodes = 1 });
        ulong file = client.Lookup(ShareClient.Root, "one");
        Assert.Equal(file, client.Lookup(ShareClient.Root, "two"));
        foreach (string name in (string[])["one", "two"])
        {
            File.Delete(Path.Combine(Source, name));
            File.WriteAllText(Path.Combine(Source, name), "another");
        }

        Assert.Equal(Errno.ESTALE, Attributes(client, file));
    }

    /// <summary>Requests that are served at once, for files of the same directories, close each other's descriptors all the time.</summary>
    [Fact]
    public async Task Nothing_is_stale_because_another_request_closed_a_descriptor()
    {
        const int Files = 32;
        const int Rounds = 1000;
        await using ShareClient client = ShareClient.Connect(Source, options => options with { MaxHeldNodes = 1 });
        ulong[] files = new ulong[Files];
        for (int i = 0; i < Files; i++)
        {
            string directory = Directory.CreateDirectory(Path.Combine(Source, $"outer{i % 2}", "inner")).FullName;
            File.WriteAllText(Path.Combine(directory, $"file{i}"), "content");
            files[i] = client.Lookup(client.Lookup(client.Lookup(ShareClient.Root, $"outer{i % 2}"), "inner"), $"file{i}");
        }

        List<Errno> failures = [];
        for (int round = 0; round < Rounds; round++)
        {
            foreach (ulong file in files)
            {
                client.Send(FuseOpcode.GetAttr, file, ShareClient.Bytes(default(FuseGetAttrIn)));
            }

            failures.AddRange(files.Select(_ => client.Receive().Errno).Where(errno => errno != Errno.None));
        }

        Assert.Empty(failures);
    }

    private static Errno Attributes(ShareClient client, ulong node) => client.ErrnoOf(FuseOpcode.GetAttr, node, ShareClient.Bytes(default(FuseGetAttrIn)));

    private static void Forget(ShareClient client, ulong node, ulong lookups) =>
        client.Send(FuseOpcode.Forget, node, ShareClient.Bytes(new FuseForgetIn { Lookups = lookups }));

    private static Errno HardLink(string from, string to)
    {
        Assert.Equal(Errno.None, HeldNodes.TryHoldPath(from, out SafeFileHandle file));
        Assert.Equal(Errno.None, HeldNodes.TryHoldPath(Path.GetDirectoryName(to)!, out SafeFileHandle directory));
        using (file)
        using (directory)
        {
            return DirectoryChanges.TryLink(file, directory, System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(to) + '\0'));
        }
    }
}
