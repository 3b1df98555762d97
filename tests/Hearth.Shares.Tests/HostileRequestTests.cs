using CsCheck;
using Hearth.Fuse.Tests.Support;
using Hearth.Linux;
using Hearth.Linux.Fuse;
using Hearth.Shares.Tests.Support;

namespace Hearth.Shares.Tests;

/// <summary>What no kernel would send, and what a guest that is up to no good would: nothing beyond the share is read or changed.</summary>
public sealed class HostileRequestTests : IDisposable
{
    private readonly SharedTree tree = new();

    private string Source => tree.Source;

    public void Dispose() => tree.Dispose();

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("../outside")]
    [InlineData("d/../../outside")]
    [InlineData("link/secret")]
    [InlineData("/etc/passwd")]
    public async Task A_name_that_is_none_is_refused_in_every_request_that_has_one(string name)
    {
        await using ShareClient client = ShareClient.Connect(Source);
        byte[] bytes = ShareClient.Name(name);
        byte[] good = ShareClient.Name("good");
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.Lookup, ShareClient.Root, bytes));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.MkDir, ShareClient.Root, ShareClient.Bytes(new FuseMkDirIn { Mode = 0x1ff }), bytes));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.MkNod, ShareClient.Root, ShareClient.Bytes(new FuseMkNodIn { Mode = 0x81ff }), bytes));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.Create, ShareClient.Root, ShareClient.Bytes(new FuseCreateIn { Flags = 1, Mode = 0x1ff }), bytes));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.SymLink, ShareClient.Root, bytes, good));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.Link, ShareClient.Root, ShareClient.Bytes(new FuseLinkIn { OldNodeId = client.Lookup(ShareClient.Root, "file") }), bytes));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.Unlink, ShareClient.Root, bytes));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.RmDir, ShareClient.Root, bytes));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.Rename, ShareClient.Root, ShareClient.Bytes(new FuseRenameIn { NewDirectory = ShareClient.Root }), ShareClient.Name("file"), bytes));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.Rename2, ShareClient.Root, ShareClient.Bytes(new FuseRename2In { NewDirectory = ShareClient.Root }), bytes, good));
        Assert.Equal(10, client.Server.Statistics.Malformed);
        Assert.Equal(["d", "file", "filelink", "link"], Directory.GetFileSystemEntries(Source).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_name_without_an_end_or_beyond_all_measure_is_refused()
    {
        await using ShareClient client = ShareClient.Connect(Source);
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.Lookup, ShareClient.Root, "file"u8.ToArray()));
        Assert.Equal(Errno.ENAMETOOLONG, client.ErrnoOf(FuseOpcode.Lookup, ShareClient.Root, ShareClient.Name(new string('x', 300))));
        Assert.Equal(Errno.ENAMETOOLONG, client.ErrnoOf(FuseOpcode.Lookup, ShareClient.Root, ShareClient.Name(new string('x', 9000))));
        Assert.Equal(Errno.ENAMETOOLONG, client.ErrnoOf(FuseOpcode.SymLink, ShareClient.Root, ShareClient.Name("long"), ShareClient.Name(new string('x', 9000))));
    }

    [Fact]
    public async Task Links_lead_nowhere()
    {
        await using ShareClient client = ShareClient.Connect(Source);
        ulong link = client.Lookup(ShareClient.Root, "link");
        ulong fileLink = client.Lookup(ShareClient.Root, "filelink");
        Assert.Equal(Errno.ENOTDIR, client.ErrnoOf(FuseOpcode.Lookup, link, ShareClient.Name("secret")));
        Assert.Equal(Errno.ENOTDIR, client.ErrnoOf(FuseOpcode.OpenDir, link, ShareClient.Bytes(default(FuseOpenIn))));
        Assert.Equal(Errno.ENXIO, client.ErrnoOf(FuseOpcode.Open, fileLink, ShareClient.Bytes(default(FuseOpenIn))));
        Assert.Equal(Errno.ENXIO, client.ErrnoOf(FuseOpcode.Create, ShareClient.Root, ShareClient.Bytes(new FuseCreateIn { Flags = 0x201, Mode = 0x1ff }), ShareClient.Name("filelink")));
        Assert.NotEqual(Errno.None, client.ErrnoOf(FuseOpcode.SetAttr, fileLink, ShareClient.Bytes(new FuseSetAttrIn { Fields = FuseSetAttrFields.Size })));
        Assert.NotEqual(Errno.None, client.ErrnoOf(FuseOpcode.SetXattr, fileLink, ShareClient.Bytes(new FuseSetXattrIn { Size = 1 }), ShareClient.Name("user.a"), [1]));
        client.ErrnoOf(FuseOpcode.SetAttr, fileLink, ShareClient.Bytes(new FuseSetAttrIn { Fields = FuseSetAttrFields.Mode | FuseSetAttrFields.Uid, Mode = 0x1ff, Uid = 5 }));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(tree.SecretFile));
        Assert.Equal(Errno.None, client.ErrnoOf(FuseOpcode.Link, ShareClient.Root, ShareClient.Bytes(new FuseLinkIn { OldNodeId = fileLink }), ShareClient.Name("hard")));
        Assert.True(new FileInfo(Path.Combine(Source, "hard")).LinkTarget is not null, "the link itself got a name, not what it leads to");
        Assert.Equal(Errno.EINVAL, client.ErrnoOf(FuseOpcode.ReadLink, client.Lookup(ShareClient.Root, "file"), []));
    }

    /// <summary>/proc is full of links that lead to files by no name at all.</summary>
    [Fact]
    public async Task Magic_links_lead_nowhere()
    {
        await using ShareClient client = ShareClient.Connect($"/proc/{Environment.ProcessId}");
        ulong root = client.Lookup(ShareClient.Root, "root");
        Assert.Equal(Errno.ENOTDIR, client.ErrnoOf(FuseOpcode.Lookup, root, ShareClient.Name("etc")));
        Assert.Equal(Errno.ENOTDIR, client.ErrnoOf(FuseOpcode.OpenDir, root, ShareClient.Bytes(default(FuseOpenIn))));
        Assert.Equal(Errno.ENXIO, client.ErrnoOf(FuseOpcode.Open, client.Lookup(ShareClient.Root, "exe"), ShareClient.Bytes(default(FuseOpenIn))));
    }

    [Fact]
    public async Task Forged_numbers_stand_for_nothing()
    {
        await using ShareClient client = ShareClient.Connect(Source);
        ulong file = client.Lookup(ShareClient.Root, "file");
        foreach (ulong forged in (ulong[])[0, file + 1, 1ul << 40, ulong.MaxValue])
        {
            Assert.Equal(Errno.ESTALE, client.ErrnoOf(FuseOpcode.GetAttr, forged, ShareClient.Bytes(default(FuseGetAttrIn))));
            Assert.Equal(Errno.ESTALE, client.ErrnoOf(FuseOpcode.Lookup, forged, ShareClient.Name("file")));
            Assert.Equal(Errno.ESTALE, client.ErrnoOf(FuseOpcode.Open, forged, ShareClient.Bytes(default(FuseOpenIn))));
            Assert.Equal(Errno.EBADF, client.ErrnoOf(FuseOpcode.Read, file, ShareClient.Bytes(new FuseReadIn { FileHandle = forged, Size = 10 })));
            Assert.Equal(Errno.EBADF, client.ErrnoOf(FuseOpcode.Write, file, ShareClient.Bytes(new FuseWriteIn { FileHandle = forged, Size = 1 }), [1]));
            Assert.Equal(Errno.EBADF, client.ErrnoOf(FuseOpcode.ReadDir, ShareClient.Root, ShareClient.Bytes(new FuseReadIn { FileHandle = forged, Size = 4096 })));
            Assert.Equal(Errno.EBADF, client.ErrnoOf(FuseOpcode.Release, file, ShareClient.Bytes(new FuseReleaseIn { FileHandle = forged })));
            Assert.Equal(Errno.EBADF, client.ErrnoOf(FuseOpcode.Fsync, file, ShareClient.Bytes(new FuseFsyncIn { FileHandle = forged })));
            Assert.Equal(Errno.EBADF, client.ErrnoOf(FuseOpcode.LSeek, file, ShareClient.Bytes(new FuseLSeekIn { FileHandle = forged, Whence = 3 })));
            Assert.Equal(Errno.EBADF, client.ErrnoOf(FuseOpcode.Fallocate, file, ShareClient.Bytes(new FuseFallocateIn { FileHandle = forged, Length = 1 })));
            Assert.Equal(Errno.EBADF, client.ErrnoOf(FuseOpcode.CopyFileRange, file, ShareClient.Bytes(new FuseCopyFileRangeIn { FromHandle = forged, ToHandle = forged, Length = 1 })));
        }
    }

    [Fact]
    public async Task A_handle_does_only_what_it_was_opened_for()
    {
        await using ShareClient client = ShareClient.Connect(Source);
        ulong node = client.Lookup(ShareClient.Root, "file");
        ulong file = client.Open(node);
        ulong listing = client.Ask(FuseOpcode.OpenDir, ShareClient.Root, ShareClient.Bytes(default(FuseOpenIn))).Read<FuseOpenOut>().FileHandle;
        Assert.Equal(Errno.EBADF, client.ErrnoOf(FuseOpcode.Write, node, ShareClient.Bytes(new FuseWriteIn { FileHandle = file, Size = 1 }), [1]));
        Assert.Equal(Errno.EBADF, client.ErrnoOf(FuseOpcode.ReadDir, node, ShareClient.Bytes(new FuseReadIn { FileHandle = file, Size = 4096 })));
        Assert.Equal(Errno.EISDIR, client.ErrnoOf(FuseOpcode.Read, node, ShareClient.Bytes(new FuseReadIn { FileHandle = listing, Size = 4096 })));
        Assert.Equal(Errno.EBADF, client.ErrnoOf(FuseOpcode.LSeek, node, ShareClient.Bytes(new FuseLSeekIn { FileHandle = listing, Whence = 3 })));
        Assert.Equal(Errno.EINVAL, client.ErrnoOf(FuseOpcode.LSeek, node, ShareClient.Bytes(new FuseLSeekIn { FileHandle = file, Whence = 0 })));
        Assert.Equal(Errno.EOPNOTSUPP, client.ErrnoOf(FuseOpcode.Fallocate, node, ShareClient.Bytes(new FuseFallocateIn { FileHandle = file, Length = 1, Mode = 0x8 })));
        Assert.Equal(Errno.EINVAL, client.ErrnoOf(FuseOpcode.Open, node, ShareClient.Bytes(new FuseOpenIn { Flags = 3 })));
        Assert.Equal(Errno.EISDIR, client.ErrnoOf(FuseOpcode.Open, ShareClient.Root, ShareClient.Bytes(default(FuseOpenIn))));
    }

    [Fact]
    public async Task Devices_and_fifos_of_the_host_are_neither_made_nor_opened()
    {
        await Shell.RunWellAsync(Source, "mknod zero c 1 5; mkfifo fifo");
        await using ShareClient client = ShareClient.Connect(Source);
        foreach (string name in (string[])["zero", "fifo"])
        {
            Assert.Equal(Errno.ENXIO, client.ErrnoOf(FuseOpcode.Open, client.Lookup(ShareClient.Root, name), ShareClient.Bytes(default(FuseOpenIn))));
            Assert.Equal(Errno.ENXIO, client.ErrnoOf(FuseOpcode.Create, ShareClient.Root, ShareClient.Bytes(new FuseCreateIn { Flags = 2, Mode = 0x1ff }), ShareClient.Name(name)));
        }

        foreach (uint type in (uint[])[0x2000, 0x6000, 0x4000, 0xa000, 0xf000])
        {
            Assert.Equal(Errno.EPERM, client.ErrnoOf(FuseOpcode.MkNod, ShareClient.Root, ShareClient.Bytes(new FuseMkNodIn { Mode = type | 0x1ff, Device = 0x105 }), ShareClient.Name("device")));
        }

        Assert.Equal(Errno.EINVAL, client.ErrnoOf(FuseOpcode.Rename2, ShareClient.Root, ShareClient.Bytes(new FuseRename2In { NewDirectory = ShareClient.Root, Flags = 4 }), ShareClient.Name("file"), ShareClient.Name("moved")));
    }

    /// <summary>A user that the request names is whom the host's kernel asks, whatever the guest's has found; and no number is everybody's.</summary>
    [Theory]
    [InlineData(1000u)]
    [InlineData(uint.MaxValue)]
    public async Task A_user_has_no_more_rights_than_on_the_host(uint user)
    {
        File.SetUnixFileMode(Path.Combine(Source, "file"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using ShareClient client = ShareClient.Connect(Source);
        ulong file = client.Lookup(ShareClient.Root, "file");
        Assert.Equal(Errno.EACCES, client.Ask(FuseOpcode.Open, file, ShareClient.Bytes(default(FuseOpenIn)), user, user).Errno);
        Assert.Equal(Errno.EACCES, client.Ask(FuseOpcode.Unlink, ShareClient.Root, ShareClient.Name("file"), user, user).Errno);
        Assert.Equal(Errno.EACCES, client.Ask(FuseOpcode.MkDir, ShareClient.Root, [.. ShareClient.Bytes(default(FuseMkDirIn)), .. ShareClient.Name("e")], user, user).Errno);
        Assert.Equal(Errno.EPERM, client.Ask(FuseOpcode.SetAttr, file, ShareClient.Bytes(new FuseSetAttrIn { Fields = FuseSetAttrFields.Mode, Mode = 0x1ff }), user, user).Errno);
        Assert.Equal(Errno.EACCES, client.Ask(FuseOpcode.Access, file, ShareClient.Bytes(new FuseAccessIn { Mask = 4 }), user, user).Errno);
        Assert.Equal(Errno.None, client.Ask(FuseOpcode.Open, file, ShareClient.Bytes(default(FuseOpenIn))).Errno);
    }

    [Fact]
    public async Task A_read_only_share_refuses_every_change()
    {
        await using ShareClient client = ShareClient.Connect(Source, options => options with { ReadOnly = true });
        ulong file = client.Lookup(ShareClient.Root, "file");
        ulong handle = client.Open(file);
        byte[] name = ShareClient.Name("new");
        (FuseOpcode Opcode, byte[] Body)[] changes =
        [
            (FuseOpcode.SetAttr, ShareClient.Bytes(new FuseSetAttrIn { Fields = FuseSetAttrFields.Mode })),
            (FuseOpcode.SymLink, [.. name, .. name]),
            (FuseOpcode.MkNod, [.. ShareClient.Bytes(new FuseMkNodIn { Mode = 0x81ff }), .. name]),
            (FuseOpcode.MkDir, [.. ShareClient.Bytes(default(FuseMkDirIn)), .. name]),
            (FuseOpcode.Unlink, ShareClient.Name("file")),
            (FuseOpcode.RmDir, ShareClient.Name("d")),
            (FuseOpcode.Rename, [.. ShareClient.Bytes(new FuseRenameIn { NewDirectory = 1 }), .. ShareClient.Name("file"), .. name]),
            (FuseOpcode.Rename2, [.. ShareClient.Bytes(new FuseRename2In { NewDirectory = 1 }), .. ShareClient.Name("file"), .. name]),
            (FuseOpcode.Link, [.. ShareClient.Bytes(new FuseLinkIn { OldNodeId = file }), .. name]),
            (FuseOpcode.Write, [.. ShareClient.Bytes(new FuseWriteIn { FileHandle = handle, Size = 1 }), 1]),
            (FuseOpcode.SetXattr, [.. ShareClient.Bytes(new FuseSetXattrIn { Size = 1 }), .. ShareClient.Name("user.a"), 1]),
            (FuseOpcode.RemoveXattr, ShareClient.Name("user.a")),
            (FuseOpcode.Create, [.. ShareClient.Bytes(new FuseCreateIn { Flags = 1 }), .. name]),
            (FuseOpcode.Fallocate, ShareClient.Bytes(new FuseFallocateIn { FileHandle = handle, Length = 1 })),
            (FuseOpcode.CopyFileRange, ShareClient.Bytes(new FuseCopyFileRangeIn { FromHandle = handle, ToHandle = handle, Length = 1 })),
        ];
        Assert.All(changes, change => Assert.Equal(Errno.EROFS, client.ErrnoOf(change.Opcode, ShareClient.Root, change.Body)));
        Assert.All((uint[])[1, 2, 0x200], flags => Assert.Equal(Errno.EROFS, client.ErrnoOf(FuseOpcode.Open, file, ShareClient.Bytes(new FuseOpenIn { Flags = flags }))));
        Assert.Equal("for guests", File.ReadAllText(Path.Combine(Source, "file")));
    }

    [Fact]
    public async Task Sizes_and_offsets_beyond_reason_are_refused()
    {
        await using ShareClient client = ShareClient.Connect(Source);
        ulong node = client.Lookup(ShareClient.Root, "file");
        ulong file = client.Open(node, flags: 2);
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.Read, node, ShareClient.Bytes(new FuseReadIn { FileHandle = file, Size = (1 << 20) + 1 })));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.Read, node, ShareClient.Bytes(new FuseReadIn { FileHandle = file, Offset = 1ul << 63, Size = 1 })));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.Write, node, ShareClient.Bytes(new FuseWriteIn { FileHandle = file, Size = 100 }), [1, 2]));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.Write, node, ShareClient.Bytes(new FuseWriteIn { FileHandle = file, Size = 1 }), [1, 2]));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.SetXattr, node, ShareClient.Bytes(new FuseSetXattrIn { Size = 100 }), ShareClient.Name("user.a"), [1]));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf(FuseOpcode.SetAttr, node, ShareClient.Bytes(new FuseSetAttrIn { Fields = FuseSetAttrFields.Size, Size = ulong.MaxValue })));
        Assert.Equal(Errno.EINVAL, client.ErrnoOf(FuseOpcode.SetAttr, node, ShareClient.Bytes(new FuseSetAttrIn { Fields = FuseSetAttrFields.ModificationTime, ModificationTimeNanoseconds = 0x3fffffff })));
        Assert.Equal(Errno.ENODATA, client.ErrnoOf(FuseOpcode.GetXattr, node, ShareClient.Bytes(new FuseGetXattrIn { Size = uint.MaxValue }), ShareClient.Name("user.none")));
        Assert.Equal(Errno.EPROTO, client.ErrnoOf((FuseOpcode)FuseOpcode.Read, node, [1, 2, 3]));
        Assert.Equal(Errno.ENOSYS, client.ErrnoOf((FuseOpcode)4242, node, []));
        Assert.Equal("for guests", File.ReadAllText(Path.Combine(Source, "file")));
    }

    public static TheoryData<byte[]> NoGreetings => new(
        new byte[40],
        [39, 0, 0, 0, .. new byte[36]],
        [.. ShareClient.Bytes(new FuseInHeader { Length = 41, Opcode = FuseOpcode.GetAttr }), 0],
        ShareClient.Bytes(new FuseInHeader { Length = uint.MaxValue, Opcode = FuseOpcode.Init }),
        [.. ShareClient.Bytes(new FuseInHeader { Length = 48, Opcode = FuseOpcode.Init }), .. new byte[8]],
        [.. ShareClient.Bytes(new FuseInHeader { Length = 56, Opcode = FuseOpcode.Init }), .. ShareClient.Bytes((7u, 8u, 0u, 0u))],
        [.. ShareClient.Bytes(new FuseInHeader { Length = 56, Opcode = FuseOpcode.Init }), 7]);

    [Theory]
    [MemberData(nameof(NoGreetings))]
    public async Task A_peer_that_does_not_begin_as_a_kernel_ends_the_share(byte[] bytes)
    {
        await using ShareClient client = ShareClient.ConnectMutely(Source);
        client.SendRaw(bytes);
        client.EndSending();
        ShareException failure = await Assert.ThrowsAsync<ShareException>(() => client.Server.Completion.WaitAsync(FuseSupport.Deadline));
        Assert.Equal(ShareError.PeerUnsuitable, failure.Error);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(39u)]
    [InlineData(2u << 20)]
    public async Task A_message_of_a_length_that_none_has_ends_the_share(uint length)
    {
        await using ShareClient client = ShareClient.Connect(Source);
        client.SendRaw(ShareClient.Bytes(new FuseInHeader { Length = length, Opcode = FuseOpcode.GetAttr }));
        ShareException failure = await Assert.ThrowsAsync<ShareException>(() => client.Server.Completion.WaitAsync(FuseSupport.Deadline));
        Assert.Equal(ShareError.PeerUnsuitable, failure.Error);
    }

    [Fact]
    public async Task An_end_within_a_message_ends_the_share_and_one_between_two_is_no_failure()
    {
        await using (ShareClient client = ShareClient.Connect(Source))
        {
            client.SendRaw(ShareClient.Bytes(new FuseInHeader { Length = 100, Opcode = FuseOpcode.GetAttr }));
            client.EndSending();
            await Assert.ThrowsAsync<ShareException>(() => client.Server.Completion.WaitAsync(FuseSupport.Deadline));
        }

        await using ShareClient polite = ShareClient.Connect(Source);
        polite.EndSending();
        await polite.Server.Completion.WaitAsync(FuseSupport.Deadline);
    }

    [Fact]
    public async Task Random_requests_break_nothing_and_are_answered_once()
    {
        await using ShareClient client = ShareClient.Connect(Source, options => options with { MaxOpenFiles = 20, MaxNodes = 50, MaxHeldNodes = 3 });
        string[] words = ["file", "d", "link", "filelink", "..", "a/b", "new", ""];
        Gen<byte[]> names = Gen.Int[0, words.Length - 1].Select(word => ShareClient.Name(words[word]));
        Gen<byte[]> numbers = Gen.OneOf(Gen.ULong[0, 12], Gen.ULong).Select(number => ShareClient.Bytes(number));
        Gen<byte[]> bodies = Gen.OneOf(names, numbers, Gen.Byte.Array[0, 20]).Array[0, 9].Select(parts => parts.SelectMany(part => part).ToArray());
        Gen<uint> opcodes = Gen.OneOf(Gen.UInt[1, 52], Gen.UInt);
        Gen<ulong> nodes = Gen.OneOf(Gen.ULong[1, 12], Gen.ULong);
        uint[] people = [0, 1000, uint.MaxValue];
        Gen<uint> users = Gen.Int[0, people.Length - 1].Select(user => people[user]);
        Gen.Select(opcodes, nodes, bodies, users).Sample(
            (opcode, node, body, user) =>
            {
                if ((FuseOpcode)opcode is not (FuseOpcode.Forget or FuseOpcode.BatchForget or FuseOpcode.Interrupt))
                {
                    client.Ask((FuseOpcode)opcode, node, body, user, user);
                }
                else
                {
                    client.Send((FuseOpcode)opcode, node, body, user, user);
                }
            },
            iter: 20_000,
            threads: 1);
        Assert.InRange(client.Server.Statistics.Nodes, 1, 50);
        Assert.InRange(client.Server.Statistics.OpenFiles, 0, 20);
        Assert.False(client.Server.Completion.IsCompleted);
    }
}
