using Hearth.Fuse;
using Hearth.Fuse.Tests.Support;
using Hearth.Linux;
using Hearth.Linux.Fuse;
using Hearth.Shares.Tests.Support;

namespace Hearth.Shares.Tests;

/// <summary>What a share holds, how it ends, and that one slow request keeps no other waiting.</summary>
public sealed class ShareLifeTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void A_source_that_cannot_be_shared_is_refused_with_its_reason()
    {
        Assert.Equal(ShareError.SourceMissing, Assert.Throws<ShareException>(() => Share.Open(new ShareOptions { Source = directory.File("none") })).Error);
        Assert.Equal(ShareError.SourceUnsuitable, Assert.Throws<ShareException>(() => Share.Open(new ShareOptions { Source = "/dev/null" })).Error);
    }

    [Fact]
    public async Task A_single_file_is_shared_and_nothing_beside_it()
    {
        string file = directory.File("file");
        string mountPoint = directory.File("mount");
        File.WriteAllText(file, "from the host");
        File.WriteAllText(mountPoint, "");
        await using ShareMount mount = ShareMount.At(mountPoint, new ShareOptions { Source = file });
        Assert.Equal("from the host", await Shell.RunWellAsync("/", $"cat {mountPoint}"));
        await Shell.RunWellAsync("/", $"echo from the guest >{mountPoint}; chmod 600 {mountPoint}; touch -d @5 {mountPoint}");
        Assert.Equal("from the guest\n", File.ReadAllText(file));
        Assert.Equal(5, new DateTimeOffset(File.GetLastWriteTimeUtc(file)).ToUnixTimeSeconds());
        Assert.Equal("Not a directory", (await Shell.RunAsync("/", $"ls {mountPoint}/x")).Split(": ")[^1].Split('\n')[0]);
    }

    [Fact]
    public async Task A_read_only_mount_reads_and_refuses()
    {
        await using SharedDirectory shared = SharedDirectory.Make(options => options with { ReadOnly = true });
        File.WriteAllText(Path.Combine(shared.Source, "f"), "as it was\n");
        string output = await Shell.RunAsync(shared.Mount.Path, "cat f; echo >f; touch g; rm f");
        Assert.Equal(3, output.Split("Read-only file system").Length - 1);
        Assert.StartsWith("as it was\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_host_changes_is_seen_within_a_second()
    {
        await using SharedDirectory shared = SharedDirectory.Make();
        string host = Path.Combine(shared.Source, "f");
        File.WriteAllText(host, "one");
        Assert.Equal("one 644", await Shell.RunWellAsync(shared.Mount.Path, "printf '%s %s' $(cat f) $(stat -c %a f)"));
        File.WriteAllText(host, "another");
        File.SetUnixFileMode(host, UnixFileMode.UserRead);
        File.WriteAllText(Path.Combine(shared.Source, "new"), "seen at once");
        Assert.Equal("seen at once", await Shell.RunWellAsync(shared.Mount.Path, "cat new"));
        await Shell.RunWellAsync(shared.Mount.Path, "until [ \"$(stat -c %a f) $(cat f)\" = '400 another' ]; do sleep 0.1; done");
        File.Delete(host);
        await Shell.RunWellAsync(shared.Mount.Path, "while [ -e f ]; do sleep 0.1; done");
    }

    [Fact]
    public async Task A_source_that_vanishes_leaves_an_empty_directory_in_which_nothing_can_be_made()
    {
        await using SharedDirectory shared = SharedDirectory.Make();
        File.WriteAllText(Path.Combine(shared.Source, "f"), "");
        Directory.Delete(shared.Source, recursive: true);
        Assert.Contains("No such file or directory", await Shell.RunAsync(shared.Mount.Path, "ls; touch g"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mounts_beneath_the_source_belong_to_it_or_do_not_as_it_is_asked()
    {
        string source = directory.MakeDirectory("source");
        string beneath = directory.MakeDirectory("source/m");
        File.WriteAllText(Path.Combine(beneath, "covered"), "");
        await Shell.RunWellAsync("/", $"mount -t tmpfs none {beneath}; echo >{beneath}/mounted");
        try
        {
            await using ShareClient with = ShareClient.Connect(source);
            with.Lookup(with.Lookup(ShareClient.Root, "m"), "mounted");
            await using ShareClient without = ShareClient.Connect(source, options => options with { CrossMounts = false });
            without.Lookup(without.Lookup(ShareClient.Root, "m"), "covered");
            Assert.NotEqual(with.LookupEntry(ShareClient.Root, "m").Attr.Inode, without.LookupEntry(ShareClient.Root, "m").Attr.Inode);
        }
        finally
        {
            await Shell.RunWellAsync("/", $"umount {beneath}");
        }
    }

    [Fact]
    public async Task Tables_are_bounded()
    {
        string source = directory.MakeDirectory("source");
        for (int i = 0; i < 10; i++)
        {
            File.WriteAllText(Path.Combine(source, $"f{i}"), "");
        }

        await using ShareClient client = ShareClient.Connect(source, options => options with { MaxNodes = 6, MaxOpenFiles = 3, MaxHeldNodes = 2 });
        ulong[] nodes = [.. Enumerable.Range(0, 5).Select(i => client.Lookup(ShareClient.Root, $"f{i}"))];
        Assert.Equal(Errno.ENFILE, client.ErrnoOf(FuseOpcode.Lookup, ShareClient.Root, ShareClient.Name("f5")));
        Assert.Equal(nodes[0], client.Lookup(ShareClient.Root, "f0"));
        ulong[] handles = [.. nodes[..3].Select(node => client.Open(node))];
        Assert.Equal(Errno.ENFILE, client.ErrnoOf(FuseOpcode.Open, nodes[3], ShareClient.Bytes(new FuseOpenIn { Flags = 0x201 })));
        Assert.Equal(Errno.ENFILE, client.ErrnoOf(FuseOpcode.OpenDir, ShareClient.Root, ShareClient.Bytes(default(FuseOpenIn))));
        Assert.Equal(Errno.None, client.ErrnoOf(FuseOpcode.Release, nodes[0], ShareClient.Bytes(new FuseReleaseIn { FileHandle = handles[0] })));
        client.Open(nodes[3]);
        Assert.All(nodes, node => Assert.Equal(Errno.None, client.ErrnoOf(FuseOpcode.GetAttr, node, ShareClient.Bytes(default(FuseGetAttrIn)))));
        Assert.InRange(client.Server.Statistics.HeldNodes, 1, 2);

        // The first was told of twice. What is forgotten more often than it was told of is forgotten once.
        client.Send(FuseOpcode.Forget, nodes[0], ShareClient.Bytes(new FuseForgetIn { Lookups = 1 }));
        client.Send(FuseOpcode.BatchForget, 0, [.. ShareClient.Bytes(new FuseBatchForgetIn { Count = 2 }), .. ShareClient.Bytes(new FuseForgetOne { NodeId = nodes[4], Lookups = ulong.MaxValue }), .. ShareClient.Bytes(new FuseForgetOne { NodeId = ShareClient.Root, Lookups = ulong.MaxValue })]);
        Assert.Equal(Errno.None, client.ErrnoOf(FuseOpcode.GetAttr, nodes[0], ShareClient.Bytes(default(FuseGetAttrIn))));
        Assert.Equal(Errno.ESTALE, client.ErrnoOf(FuseOpcode.GetAttr, nodes[4], ShareClient.Bytes(default(FuseGetAttrIn))));
        Assert.NotEqual(nodes[4], client.Lookup(ShareClient.Root, "f4"));
    }

    /// <summary>The source is itself a file that waits for its bytes.</summary>
    [Fact]
    public async Task A_slow_read_keeps_no_other_waiting_and_each_request_can_be_interrupted()
    {
        FuseSupport.SkipUnlessUsable();
        var gated = new GatedFile("gated", 100_000);
        string source = directory.MakeDirectory("source");
        await using FuseSession session = FuseSession.StartAt(source, [gated, new PatternFile("ready", 5)], new FuseSessionOptions { Threads = 8 });
        await using ShareClient client = ShareClient.Connect(source, options => options with { Threads = 2 });
        ulong slow = client.Open(client.Lookup(ShareClient.Root, "gated"));
        ulong ready = client.Open(client.Lookup(ShareClient.Root, "ready"));
        ulong first = client.Send(FuseOpcode.Read, 0, ShareClient.Bytes(new FuseReadIn { FileHandle = slow, Size = 4096 }));
        await gated.WaitForReadsAsync(1);
        Assert.Equal(5, client.Ask(FuseOpcode.Read, 0, ShareClient.Bytes(new FuseReadIn { FileHandle = ready, Size = 4096 })).Body.Length);

        // Now both threads wait, and a third request with them. Interrupted are one that waits and one that is served.
        ulong second = client.Send(FuseOpcode.Read, 0, ShareClient.Bytes(new FuseReadIn { FileHandle = slow, Offset = 8192, Size = 4096 }));
        await gated.WaitForReadsAsync(1);
        ulong third = client.Send(FuseOpcode.Read, 0, ShareClient.Bytes(new FuseReadIn { FileHandle = ready, Size = 4096 }));
        Assert.Equal(third, Interrupt(client, third));
        Assert.Equal(second, Interrupt(client, second));
        gated.Open();
        Assert.Equal(first, client.Receive().Unique);
        Assert.Equal(5, client.Ask(FuseOpcode.Read, 0, ShareClient.Bytes(new FuseReadIn { FileHandle = ready, Size = 4096 })).Body.Length);
    }

    /// <summary>Requests whose replies give nodes or handles, served without a kernel that would get them.</summary>
    [Fact]
    public async Task What_a_killed_process_would_have_got_is_released()
    {
        string source = directory.MakeDirectory("source");
        Directory.CreateDirectory(Path.Combine(source, "d"));
        File.WriteAllText(Path.Combine(source, "f"), "");
        (FuseOpcode Opcode, byte[] Body)[] requests =
        [
            (FuseOpcode.Lookup, ShareClient.Name("d")),
            (FuseOpcode.Create, [.. ShareClient.Bytes(new FuseCreateIn { Flags = 0x42, Mode = 0x81a4 }), .. ShareClient.Name("new")]),
            (FuseOpcode.MkDir, [.. ShareClient.Bytes(new FuseMkDirIn { Mode = 0x1ed }), .. ShareClient.Name("made")]),
            (FuseOpcode.OpenDir, ShareClient.Bytes(default(FuseOpenIn))),
            (FuseOpcode.ReadDirPlus, ShareClient.Bytes(new FuseReadIn { FileHandle = 2, Size = 4096 })),
            (FuseOpcode.Lookup, ShareClient.Name("none")),
        ];
        using var state = new ShareState(Share.Open(new ShareOptions { Source = source }), _ => { });

        // A thread of its own, since it sets the thread that it serves on apart from the program.
        await Task.Factory.StartNew(
            () => Array.ForEach(requests, request => ServeAbandoned(state, request.Opcode, request.Body, keeps: request.Opcode == FuseOpcode.OpenDir)),
            TaskCreationOptions.LongRunning);
        Assert.Equal((1, 1), (state.Nodes.Count, state.Handles.Count));
    }

    [Fact]
    public async Task A_share_that_ends_gives_a_mounts_users_an_error()
    {
        await using SharedDirectory shared = SharedDirectory.Make();
        File.WriteAllText(Path.Combine(shared.Source, "f"), "");
        await Shell.RunWellAsync(shared.Mount.Path, "cat f");
        Task<string> user = Shell.RunAsync(shared.Mount.Path, "echo in; until ! cat f; do :; done");
        await shared.Mount.Server.DisposeAsync();
        Assert.Contains("cat: f: ", await user, StringComparison.Ordinal);
    }

    /// <summary>Interrupts a request, and gives the number of the one that is answered with EINTR.</summary>
    private static ulong Interrupt(ShareClient client, ulong unique)
    {
        client.Send(FuseOpcode.Interrupt, 0, ShareClient.Bytes(new FuseInterruptIn { Unique = unique }));
        ShareClient.Reply interrupted = client.Receive();
        Assert.Equal(Errno.EINTR, interrupted.Errno);
        return interrupted.Unique;
    }

    private static void ServeAbandoned(ShareState state, FuseOpcode opcode, byte[] body, bool keeps) =>
        OwnThread.Run(() => ServeAbandonedHere(state, opcode, body, keeps));

    private static void ServeAbandonedHere(ShareState state, FuseOpcode opcode, byte[] body, bool keeps)
    {
        var header = new FuseInHeader { Length = (uint)(40 + body.Length), Opcode = opcode, Unique = 1, NodeId = ShareClient.Root };
        var buffer = new ReplyBuffer();
        int length = new PassthroughHandler(state).Handle([.. ShareClient.Bytes(header), .. body], new CallerIdentity(), buffer);
        int nodes = state.Nodes.Count;
        int handles = state.Handles.Count;
        if (!keeps)
        {
            AbandonedReply.Release(state, opcode, buffer.Bytes.AsSpan(0, length));
            Assert.Equal(opcode is FuseOpcode.Lookup && length == 16, (nodes, handles) == (state.Nodes.Count, state.Handles.Count));
        }
    }
}
