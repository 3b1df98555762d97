using System.Formats.Tar;
using System.Text;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>What a container changed of its root, read from a real guest and given to the next one.</summary>
public sealed class RootReadingTests(GuestParts parts)
{
    private const string Changes = "mkdir -p /srv/new; echo content >/srv/new/file; ln /srv/new/file /srv/new/hard; rm /etc/passwd; chmod 4711 /srv/new/file; chown 5:6 /srv/new; touch -d @1000000000 /srv/new";

    [Fact]
    public async Task Changes_are_read_while_the_container_runs_and_the_next_guest_begins_with_them()
    {
        byte[] layer;
        string expected;
        await using (TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot))
        {
            Assert.Equal("", await ListAsync(guest));
            await guest.ShellAsync(Changes);
            expected = await ListAsync(guest);
            Assert.Equal("C /etc;D /etc/passwd;A /srv;A /srv/new;A /srv/new/file;A /srv/new/hard", expected);
            layer = await ReadAsync(guest, RootForm.Layer);
            Assert.Equal(layer, await ReadAsync(guest, RootForm.Layer));

            string[] tree = Names(await ReadAsync(guest, RootForm.Tree));
            Assert.Contains("srv/new/file", tree);
            Assert.Contains("bin/sh", tree);
            Assert.DoesNotContain("etc/passwd", tree);
            Assert.DoesNotContain(tree, name => name.StartsWith("dev/n", StringComparison.Ordinal) || name.StartsWith("sys/k", StringComparison.Ordinal));
        }

        await using TestGuest next = await TestGuest.BootAsync(parts);
        GuestDataStream stream = next.Channel.OpenStream(StreamDirection.HostToGuest);
        Task<GuestConfigured> configuring = next.ConfigureAsync(configuration => configuration with { Root = TestGuest.WritableRoot with { LayerStream = stream.Id } });
        await stream.WriteAsync(layer).InTime();
        await stream.CompleteAsync().InTime();
        Assert.Empty((await configuring).Warnings);
        Assert.Equal(expected, await ListAsync(next));
        Assert.Equal(layer, await ReadAsync(next, RootForm.Layer));
        Assert.Equal("4711 0:0 2\n5:6 1000000000\ngone", await next.ShellAsync("cd /srv/new; stat -c '%a %u:%g %h' hard; stat -c '%u:%g %Y' .; [ -e /etc/passwd ] || echo gone"));
    }

    [Fact]
    public async Task Processes_are_suspended_while_the_root_is_read()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);
        TestProcess counter = await guest.StartAsync(["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i >/count; done"]);
        await counter.Started.InTime();
        await guest.ShellAsync("dd if=/dev/zero of=/large bs=1M count=8 2>/dev/null");
        GuestDataStream stream = guest.Channel.OpenStream(StreamDirection.GuestToHost);
        Task<GuestAnswer> answer = guest.AskAsync(new ReadRoot(RootForm.Layer, stream.Id, Freezes: true));
        byte[] first = new byte[1024];
        await stream.ReadExactlyAsync(first).AsTask().InTime();

        // The stream's window is full, so that the guest still reads, and no process of the container runs.
        Task<string> shell = guest.ShellAsync("echo too");
        await guest.AskAsync(new QueryStatistics());
        Assert.False(shell.IsCompleted);
        await stream.CopyToAsync(Stream.Null).InTime();
        Assert.IsType<RequestDone>(await answer);
        Assert.Equal("too", await shell);
        await guest.SendAsync(new SignalProcess(counter.Id, 9));
        await counter.ReadToEndAsync().InTime();
    }

    private static async Task<string> ListAsync(TestGuest guest) =>
        string.Join(';', Encoding.UTF8.GetString(await ReadAsync(guest, RootForm.Changes)).Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(line => $"{line[0]} {line[1..]}"));

    private static async Task<byte[]> ReadAsync(TestGuest guest, RootForm form)
    {
        GuestDataStream stream = guest.Channel.OpenStream(StreamDirection.GuestToHost);
        Task<GuestAnswer> answer = guest.AskAsync(new ReadRoot(form, stream.Id, Freezes: false));
        using MemoryStream read = new();
        await stream.CopyToAsync(read).InTime();
        Assert.Empty(Assert.IsType<RequestDone>(await answer.InTime()).Warnings);
        return read.ToArray();
    }

    private static string[] Names(byte[] archive)
    {
        List<string> names = [];
        using TarReader reader = new(new MemoryStream(archive));
        while (reader.GetNextEntry() is { } entry)
        {
            names.Add(entry.Name);
        }

        return [.. names];
    }
}
