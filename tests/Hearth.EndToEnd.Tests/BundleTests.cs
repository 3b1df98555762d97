using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Fuse;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>hearth run --bundle</c>: a container as a container engine describes it.</summary>
public sealed class BundleTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private const int HearthFailed = 125;
    private const string Secret = "TOKEN=correct-horse-battery-staple";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_bundle_runs_as_its_configuration_says()
    {
        string data = sandbox.MakeTree("data", ("deep/file", "from the host"));
        string bundle = MakeBundle(
            debian.Tree,
            ["sh", "-c", "id -u; pwd; hostname; cat /mnt/data/deep/file; echo; cat /etc/issue.net; echo $TOKEN; exit 7"],
            Bind("/mnt/data", data),
            Bind("/etc/issue.net", sandbox.MakeTree("files", ("issue", "laid over")) + "/issue"));

        CommandResult result = sandbox.RunExpecting(7, "run", "--bundle", bundle, "web-1");

        Assert.Equal("33\n/tmp\nweb\nfrom the host\nlaid over" + "correct-horse-battery-staple\n", result.OutputText.Replace("laid over\n", "laid over", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("lazy")]
    [InlineData("squashfs")]
    public void Secrets_of_the_configuration_are_in_no_image_and_no_report(string mode)
    {
        string bundle = MakeBundle(".", ["/busybox", "sh", "-c", "/busybox ls / /rootfs"]);
        Directory.CreateDirectory(Path.Combine(bundle, "rootfs"));
        File.Copy("/bin/busybox", Path.Combine(bundle, "busybox"));
        CommandResult result = sandbox.RunExpecting(0, "run", "--rootfs-mode", mode, "--compression", "none", "--report", sandbox.PathOf("report.json"), "--bundle", bundle);

        Assert.Contains("busybox", result.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("config.json", result.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(sandbox.StateDirectory, "*", SearchOption.AllDirectories).Append(sandbox.PathOf("report.json")),
            file => File.ReadAllBytes(file).AsSpan().IndexOf("correct-horse"u8) >= 0);
    }

    [Fact]
    public void A_link_of_the_image_is_followed_inside_it_and_a_loop_refused()
    {
        string root = sandbox.MakeTree("root", ("real/file", "covered"));
        File.Copy("/bin/busybox", Path.Combine(root, "busybox"));
        Directory.CreateSymbolicLink(Path.Combine(root, "link"), "/real");
        Directory.CreateSymbolicLink(Path.Combine(root, "loop"), "loop");
        string data = sandbox.MakeTree("data", ("file", "laid over the link's target"));

        CommandResult followed = sandbox.RunExpecting(0, "run", "--bundle", MakeBundle(root, ["/busybox", "cat", "/real/file"], Bind("/link", data)));
        Assert.Equal("laid over the link's target", followed.OutputText);

        CommandResult looped = sandbox.RunExpecting(HearthFailed, "run", "--bundle", MakeBundle(root, ["/busybox", "true"], Bind("/loop/data", data)));
        Assert.Contains("symbolic links", looped.ErrorText, StringComparison.Ordinal);
        Assert.Contains("/loop/data", looped.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_writable_bind_is_the_hosts_own_unless_a_snapshot_is_asked_for()
    {
        string data = sandbox.MakeTree("data", ("file", "as it was"));
        File.SetUnixFileMode(Path.Combine(data, "file"), (UnixFileMode)0x1B6);
        string bundle = MakeBundle(debian.Tree, ["sh", "-c", "echo changed >/mnt/data/file; cat /mnt/data/file"], Bind("/mnt/data", data, "rw"));

        CommandResult result = sandbox.RunExpecting(0, "run", "--allow-snapshot-binds", "--bundle", bundle);
        Assert.Equal("changed\n", result.OutputText);
        Assert.Contains("snapshot", result.ErrorText, StringComparison.Ordinal);
        Assert.Equal("as it was", File.ReadAllText(Path.Combine(data, "file")));

        Assert.Equal("changed\n", sandbox.RunExpecting(0, "run", "--bundle", bundle).OutputText);
        Assert.Equal("changed\n", File.ReadAllText(Path.Combine(data, "file")));
    }

    [Fact]
    public void An_id_is_one_containers_alone()
    {
        string bundle = MakeBundle(debian.Tree, ["sh", "-c", "echo ready; read line"]);
        using Command first = sandbox.Start("run", "--bundle", bundle, "web-1");
        first.WaitForOutput("ready");
        Assert.Contains("the name 'web-1' belongs to container", sandbox.RunExpecting(HearthFailed, "run", "--bundle", bundle, "web-1").ErrorText, StringComparison.Ordinal);
        first.CloseInput();
        Assert.Equal(1, first.Wait().ExitCode);
        sandbox.RunExpecting(1, "run", "--bundle", bundle, "web-1");
    }

    [Fact]
    public void What_the_configuration_says_cannot_be_said_by_flags_too()
    {
        string bundle = MakeBundle(debian.Tree, ["true"]);
        Assert.Contains("--env", sandbox.RunExpecting(HearthFailed, "run", "-e", "A=b", "--bundle", bundle).ErrorText, StringComparison.Ordinal);
        Assert.Contains("unexpected argument 'sh'", sandbox.RunExpecting(HearthFailed, "run", "--bundle", bundle, "id", "sh").ErrorText, StringComparison.Ordinal);
    }

    /// <summary>The root is an overlay whose lower layer is a FUSE mount that counts what is read of it.</summary>
    [Fact]
    public async Task Of_an_overlay_over_FUSE_nothing_is_read_to_prepare_and_then_what_the_guest_asks_for()
    {
        const int FileBytes = 8 << 20;
        CountedFile[] files = [new("large", FileBytes), new("untouched", FileBytes)];
        string lower = Directory.CreateDirectory(sandbox.PathOf("lower")).FullName;
        string merged = Directory.CreateDirectory(sandbox.PathOf("merged")).FullName;
        FuseSession session = FuseSession.StartAt(lower, files);
        try
        {
            Command.Tool("mount", "-t", "overlay", "-o", $"lowerdir={lower}:{debian.Tree}", "overlay", merged);
            try
            {
                sandbox.RunExpecting(0, "rootfs", "plan", merged);
                Assert.Equal(0, files.Sum(file => file.BytesRead));

                string bundle = MakeBundle(merged, ["sh", "-c", "tail -c +4000001 /large | head -c 2000000 | wc -c"]);
                Assert.Equal("2000000\n", sandbox.RunExpecting(0, "run", "--report", sandbox.PathOf("report.json"), "--bundle", bundle).OutputText);

                JsonElement rootfs = JsonDocument.Parse(File.ReadAllText(sandbox.PathOf("report.json"))).RootElement.GetProperty("rootfs");
                Assert.Equal(0, files[1].BytesRead);
                Assert.InRange(files[0].BytesRead, 2_000_000, 1.1 * rootfs.GetProperty("bytesRead").GetInt64());
                Assert.True(files[0].BytesRead < FileBytes, "the file was read whole");
            }
            finally
            {
                Command.Unmount(merged);
            }
        }
        finally
        {
            await session.DisposeAsync();
        }
    }

    private static object Bind(string destination, string source, string access = "ro") =>
        new { destination, type = "bind", source, options = new[] { "rbind", access } };

    private string MakeBundle(string root, string[] arguments, params object[] mounts)
    {
        string bundle = Directory.CreateDirectory(sandbox.PathOf($"bundle{Directory.GetDirectories(sandbox.Root).Length}")).FullName;
        File.WriteAllText(Path.Combine(bundle, "config.json"), JsonSerializer.Serialize(new
        {
            ociVersion = "1.0.2",
            hostname = "web",
            root = new { path = root },
            process = new { args = arguments, cwd = "/tmp", user = new { uid = 33, gid = 33 }, env = new[] { "PATH=/usr/bin:/bin", Secret } },
            mounts,
        }));
        return bundle;
    }

    private sealed class CountedFile(string name, int length) : IFuseFile
    {
        private long bytesRead;

        public string Name => name;

        public long Length => length;

        public long BytesRead => Volatile.Read(ref bytesRead);

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            destination.Span.Fill((byte)'x');
            Interlocked.Add(ref bytesRead, destination.Length);
            return ValueTask.FromResult(destination.Length);
        }
    }
}
