using System.Formats.Tar;
using System.Text;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>Files in and out of a real guest, by archives that .NET's own writer and reader judge.</summary>
public sealed class CopyTests(SharedGuest shared) : IClassFixture<SharedGuest>
{
    private const int Kill = 9;

    private TestGuest Guest => shared.Guest;

    [Fact]
    public async Task A_path_is_looked_at_as_the_containers_processes_see_it()
    {
        await Guest.ShellAsync("echo hello >/etc/seen; chown 5:6 /etc/seen; chmod 4750 /etc/seen; ln -s seen /etc/link; ln -s /../../../etc/seen /up; ln -s /nowhere /dangling; ln -s circle /circle");

        Assert.Equal(("seen", 0x8000u | 0x9e8u, 6L, 5u, 6u, null), Describe(await StatAsync("/etc/seen", followsLink: false)));
        Assert.Equal(("link", "seen"), (await StatAsync("/etc/link", followsLink: false)) is var link ? (link.Name, link.LinkTarget) : default);
        Assert.Equal(("link", 6L, null), (await StatAsync("/etc/link", followsLink: true)) is var followed ? (followed.Name, followed.SizeInBytes, followed.LinkTarget) : default);
        Assert.Equal(6, (await StatAsync("/up", followsLink: true)).SizeInBytes);
        Assert.Equal(("/", Convert.ToUInt32(await Guest.ShellAsync("stat -c %f /"), 16)), (await StatAsync("/", followsLink: true)) is var root ? (root.Name, root.Mode) : default);
        Assert.Equal(0x4000u, (await StatAsync("/etc/../dev/shm/", followsLink: true)).Mode & 0xf000);
        Assert.Equal(RequestFailure.NotFound, (await Guest.RefusalAsync(new StatPath("/dangling", FollowsLink: true))).Reason);
        Assert.Equal(RequestFailure.NotFound, (await Guest.RefusalAsync(new StatPath("/etc/passwd/below", FollowsLink: true))).Reason);
        Assert.Contains("form a loop", (await Guest.RefusalAsync(new StatPath("/circle", FollowsLink: true))).Message);
        await Guest.ShellAsync("rm /etc/seen /etc/link /up /dangling /circle");
    }

    [Fact]
    public async Task An_archive_is_unpacked_before_and_beside_the_first_process()
    {
        byte[] archive = Compose(
            new PaxTarEntry(TarEntryType.Directory, "top/") { Mode = (UnixFileMode)0x1c0, Uid = 7 },
            new PaxTarEntry(TarEntryType.RegularFile, "top/file") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes("content")), Mode = (UnixFileMode)0x9ed, Uid = 1000, Gid = 2000 },
            new PaxTarEntry(TarEntryType.SymbolicLink, "top/link") { LinkName = "file" },
            new PaxTarEntry(TarEntryType.HardLink, "top/hard") { LinkName = "top/file" });
        const string Look = "cd /srv/new && stat -c '%n %a %u:%g %h' . file hard && readlink link && cat hard && rm -r /srv";
        const string Expected = ". 700 7:0 2\nfile 4755 1000:2000 2\nhard 4755 1000:2000 2\nfile\ncontent";
        await Guest.ShellAsync("mkdir /srv");

        Assert.Empty(await WriteAsync("/srv", archive, firstName: "new"));
        Assert.Equal(Expected, await Guest.ShellAsync(Look));

        TestProcess first = await Guest.StartAsync(["sleep", "1000"]);
        await first.Started.InTime();
        await Guest.ShellAsync("mkdir /srv && mount -t tmpfs x /srv");
        Assert.Empty(await WriteAsync("/srv", archive, firstName: "new"));
        Assert.Equal("tmpfs", await Guest.ShellAsync("stat -fc %T /srv/new"));
        Assert.Equal(Expected, await Guest.ShellAsync(Look.Replace("rm -r /srv", "cd / && umount /srv && rmdir /srv", StringComparison.Ordinal)));
        await Guest.SendAsync(new SignalProcess(first.Id, Kill));
        await first.ReadToEndAsync().InTime();
    }

    [Fact]
    public async Task A_tree_is_packed_with_links_modes_and_owners_and_comes_back_the_same()
    {
        await Guest.ShellAsync("mkdir -p /srv/a/b && cd /srv/a && head -c 300000 /dev/urandom >b/random && ln b/random hard && ln -s b soft && mkfifo fifo && mknod null c 1 3 && chmod 2751 b && chown 3:4 b/random && touch -d '2001-02-03 04:05:06' b");
        string before = await Guest.ShellAsync("cd /srv && sha256sum a/b/random && find a | sort | xargs stat -c '%n %a %u:%g %h %F %t %T %Y'");

        byte[] archive = await ReadAsync("/srv/a", null);
        TarEntry[] entries = Parse(archive);
        Assert.Equal(["a/", "a/b/", "a/b/random", "a/fifo", "a/hard", "a/null", "a/soft"], entries.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.Single(entries, entry => entry.EntryType == TarEntryType.HardLink);

        await Guest.ShellAsync("rm -r /srv/a");
        Assert.Empty(await WriteAsync("/srv", archive));
        Assert.Equal(before, await Guest.ShellAsync("cd /srv && sha256sum a/b/random && find a | sort | xargs stat -c '%n %a %u:%g %h %F %t %T %Y'"));

        TarEntry[] content = Parse(await ReadAsync("/srv/a/b", "."));
        Assert.Equal(["./", "./random"], content.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        TarEntry[] followed = Parse(await ReadAsync("/srv/a/soft", null, followsLink: true));
        Assert.Equal(["soft/", "soft/random"], followed.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.Equal(TarEntryType.SymbolicLink, Assert.Single(Parse(await ReadAsync("/srv/a/soft", null))).EntryType);
        await Guest.ShellAsync("rm -r /srv");
    }

    [Fact]
    public async Task The_whole_root_is_packed_but_for_what_the_kernel_shows_of_itself()
    {
        (byte[] archive, GuestAnswer answer) = await TryReadAsync("/", "root");

        string[] names = [.. Parse(archive).Select(entry => entry.Name)];
        Assert.Contains("root/bin/busybox", names);
        Assert.Contains("root/dev/null", names);
        Assert.DoesNotContain(names, name => name.StartsWith("root/sys/", StringComparison.Ordinal));
        Assert.Contains("root/sys: a kernel file system was left out", Assert.IsType<RequestDone>(answer).Warnings);
        Assert.Contains("read it with cat", (await RefuseReadAsync("/sys/kernel/uevent_seqnum")).Message);
    }

    [Fact]
    public async Task A_file_that_is_mounted_over_gets_its_content_and_keeps_its_place()
    {
        TestProcess first = await Guest.StartAsync(["sleep", "1000"]);
        await first.Started.InTime();
        string before = await Guest.ShellAsync("cat /etc/hosts");

        await WriteAsync("/etc", Compose(new PaxTarEntry(TarEntryType.RegularFile, "hosts") { DataStream = new MemoryStream("10.0.0.1 other\n"u8.ToArray()) }));

        Assert.Equal("10.0.0.1 other", await Guest.ShellAsync("cat /etc/hosts"));
        Assert.Equal("1", await Guest.ShellAsync("grep -c ' /etc/hosts ' /proc/mounts"));
        await WriteAsync("/etc", Compose(new PaxTarEntry(TarEntryType.RegularFile, "hosts") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(before + "\n")) }));
        await Guest.SendAsync(new SignalProcess(first.Id, Kill));
        await first.ReadToEndAsync().InTime();
    }

    [Fact]
    public async Task What_cannot_be_copied_is_refused_with_its_name_and_leaves_no_process()
    {
        await Guest.ShellAsync("ln -s .. /etc/out");
        byte[] upward = Compose(new PaxTarEntry(TarEntryType.RegularFile, "../up") { DataStream = new MemoryStream(new byte[1000]) });
        byte[] outward = Compose(new PaxTarEntry(TarEntryType.RegularFile, "out/up") { DataStream = new MemoryStream(new byte[1000]) });

        Assert.Contains("../up", (await RefuseWriteAsync("/etc", upward)).Message);
        Assert.Contains("leads out", (await RefuseWriteAsync("/etc", outward)).Message);
        Assert.Equal(RequestFailure.NotFound, (await RefuseWriteAsync("/nowhere", upward)).Reason);
        Assert.Contains("not a directory", (await RefuseWriteAsync("/etc/passwd", upward)).Message);
        Assert.Contains("first name", (await RefuseWriteAsync("/etc", upward, firstName: "a/b")).Message);
        Assert.Contains("not a tar archive", (await RefuseWriteAsync("/etc", new byte[1 << 20].Select(_ => (byte)'x').ToArray())).Message);
        Assert.Equal(RequestFailure.NotFound, (await RefuseReadAsync("/nowhere")).Reason);
        Assert.Contains("not open", (await Guest.RefusalAsync(new ReadArchive { Path = "/etc", Stream = 999_999 })).Message);
        GuestDataStream wrong = Guest.Channel.OpenStream(StreamDirection.HostToGuest);
        Assert.Contains("does not carry", (await Guest.RefusalAsync(new ReadArchive { Path = "/etc", Stream = wrong.Id })).Message);
        await Guest.ShellAsync("rm /etc/out; [ ! -e /up ]");
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task Copies_that_are_given_up_end_and_slow_ones_hold_up_nobody()
    {
        await Guest.ShellAsync("head -c 30000000 /dev/zero >/dev/shm/large");
        GuestDataStream unread = Guest.Channel.OpenStream(StreamDirection.GuestToHost);
        Task<GuestAnswer> reading = Guest.AskAsync(new ReadArchive { Path = "/dev/shm/large", Stream = unread.Id });
        GuestDataStream unwritten = Guest.Channel.OpenStream(StreamDirection.HostToGuest);
        Task<GuestAnswer> writing = Guest.AskAsync(new WriteArchive { Directory = "/tmp", Stream = unwritten.Id });
        byte[] begun = Compose(new PaxTarEntry(TarEntryType.RegularFile, "begun") { DataStream = new MemoryStream(new byte[100_000]) });
        await unwritten.WriteAsync(begun.AsMemory(0, 50_000)).InTime();
        byte[] part = new byte[1000];
        Assert.Equal(1000, await unread.ReadAsync(part).InTime());

        Assert.Equal("answer", await Guest.ShellAsync("echo answer"));
        Assert.Equal(6, (await StatAsync("/etc/group", followsLink: true)).Name.Length + 1);
        Assert.False(reading.IsCompleted || writing.IsCompleted);

        unread.Reset("enough");
        unwritten.Reset("enough");
        Assert.IsType<RequestFailed>(await reading.InTime());
        Assert.Contains("ends in the middle of begun", Assert.IsType<RequestFailed>(await writing.InTime()).Message);
        await Guest.ShellAsync("rm -f /dev/shm/large /tmp/begun");
        await AssertNothingLeftAsync();
    }

    [Fact]
    public async Task What_is_copied_in_counts_as_the_containers()
    {
        long before = (await StatisticsAsync()).Memory!.CurrentBytes;

        await WriteAsync("/dev/shm", Compose(new PaxTarEntry(TarEntryType.RegularFile, "held") { DataStream = new MemoryStream([.. Enumerable.Repeat((byte)1, 20_000_000)]) }));

        Assert.InRange((await StatisticsAsync()).Memory!.CurrentBytes - before, 19_000_000, 40_000_000);
        await Guest.ShellAsync("rm /dev/shm/held");
    }

    private static (string Name, uint Mode, long Size, uint User, uint Group, string? Target) Describe(PathStatus status) =>
        (status.Name, status.Mode, status.SizeInBytes, status.UserId, status.GroupId, status.LinkTarget);

    private static byte[] Compose(params TarEntry[] entries)
    {
        using MemoryStream archive = new();
        using (TarWriter writer = new(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (TarEntry entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }

        return archive.ToArray();
    }

    private static TarEntry[] Parse(byte[] archive)
    {
        using TarReader reader = new(new MemoryStream(archive));
        List<TarEntry> entries = [];
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            entries.Add(entry);
        }

        return [.. entries];
    }

    private async Task<PathStatus> StatAsync(string path, bool followsLink) =>
        await Guest.AskAsync(new StatPath(path, followsLink)) is var answer && answer is PathStatus status ? status : throw new Xunit.Sdk.XunitException($"{answer}");

    private async Task<GuestStatistics> StatisticsAsync() => Assert.IsType<GuestStatistics>(await Guest.AskAsync(new QueryStatistics()));

    private async Task<IReadOnlyList<string>> WriteAsync(string directory, byte[] archive, string? firstName = null) =>
        await TryWriteAsync(directory, archive, firstName) is var answer && answer is RequestDone done ? done.Warnings : throw new Xunit.Sdk.XunitException($"{answer}");

    private async Task<RequestFailed> RefuseWriteAsync(string directory, byte[] archive, string? firstName = null) =>
        Assert.IsType<RequestFailed>(await TryWriteAsync(directory, archive, firstName));

    private async Task<GuestAnswer> TryWriteAsync(string directory, byte[] archive, string? firstName)
    {
        GuestDataStream stream = Guest.Channel.OpenStream(StreamDirection.HostToGuest);
        Task<GuestAnswer> answer = Guest.AskAsync(new WriteArchive { Directory = directory, Stream = stream.Id, FirstName = firstName });
        try
        {
            await stream.WriteAsync(archive).InTime();
            await stream.CompleteAsync().InTime();
        }
        catch (GuestProtocolException)
        {
            // The guest wants no more of it, and its answer says why.
        }

        return await answer.InTime();
    }

    private async Task<byte[]> ReadAsync(string path, string? firstName, bool followsLink = false) =>
        await TryReadAsync(path, firstName, followsLink) is var (archive, answer) && answer is RequestDone ? archive : throw new Xunit.Sdk.XunitException("not read");

    private async Task<RequestFailed> RefuseReadAsync(string path) => Assert.IsType<RequestFailed>((await TryReadAsync(path, null)).Answer);

    private async Task<(byte[] Archive, GuestAnswer Answer)> TryReadAsync(string path, string? firstName, bool followsLink = false)
    {
        GuestDataStream stream = Guest.Channel.OpenStream(StreamDirection.GuestToHost);
        Task<GuestAnswer> answer = Guest.AskAsync(new ReadArchive { Path = path, Stream = stream.Id, FirstName = firstName, FollowsLink = followsLink });
        using MemoryStream archive = new();
        try
        {
            await stream.CopyToAsync(archive).InTime();
        }
        catch (GuestProtocolException)
        {
            // As above.
        }

        return (archive.ToArray(), await answer.InTime());
    }

    /// <summary>Answers come when the process behind them has ended: what init holds is back to what it always holds.</summary>
    private async Task AssertNothingLeftAsync()
    {
        InitStatistics before = (await StatisticsAsync()).Init;
        await StatAsync("/", followsLink: true);
        InitStatistics after = (await StatisticsAsync()).Init;
        Assert.InRange(after.Descriptors, before.Descriptors - 4, before.Descriptors);
    }
}
