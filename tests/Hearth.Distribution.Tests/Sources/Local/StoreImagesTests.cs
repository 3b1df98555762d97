using System.Diagnostics;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Local;
using Hearth.Distribution.Tests.Support;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Images.Pulling;
using Hearth.Images.Store;

namespace Hearth.Distribution.Tests.Sources.Local;

/// <summary>
/// Images of other programs' stores, made by podman and ctr. podman stands for docker, whose words it takes. The programs are
/// wrapped, so that they have stores of their own, and what they were asked for is known.
/// </summary>
public sealed class StoreImagesTests : IDisposable
{
    private const string Name = "example.com/a/b:1";

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-store-tests-").FullName;
    private readonly string digest;
    private readonly List<string> contents = [];
    private bool hasPodmanImage;

    public StoreImagesTests()
    {
        // The second layer is unpacked over the first: a parent is a link there, a name is hidden, a directory replaced.
        Tool.Run(directory, "/bin/sh", "-ec", """
            mkdir -p one/usr/lib one/gone one/kind two/lib two/kind/sub bin
            ln -s usr/lib one/lib
            head -c 3000000 /dev/urandom >one/usr/lib/large
            ln one/usr/lib/large one/usr/lib/second
            truncate -s 1000000 one/sparse; echo end >>one/sparse
            echo bytes >"one/$(printf 'caf\351')"
            : >one/empty
            mkfifo one/fifo
            chmod 4755 one/empty
            echo long >one/$(printf '%0200d' 7)
            echo x >one/gone/x; echo y >one/kind/y
            tar -C one --sort=name --format=gnu -cf one.tar .
            echo upper >two/lib/upper
            : >two/.wh.gone
            : >two/kind/.wh..wh..opq
            tar -C two --sort=name --xattrs --format=pax -cf two.tar lib/upper .wh.gone kind
            """);
        LayoutBuilder layout = new(Path.Combine(directory, "layout"));
        foreach (string layer in (string[])["one.tar", "two.tar"])
        {
            byte[] archive = File.ReadAllBytes(Path.Combine(directory, layer));
            layout.AddLayer(archive);
            contents.Add(Digest.Of(archive).ToString());
        }

        digest = layout.Finish("one");
        Tool.Run(directory, "skopeo", "copy", "-q", "oci:layout:one", $"docker-archive:docker.tar:{Name}");
        Tool.Run(directory, "skopeo", "copy", "-q", "oci:layout:one", $"oci-archive:oci.tar:{Name}");
    }

    private string Calls => File.Exists(Path.Combine(directory, "calls")) ? File.ReadAllText(Path.Combine(directory, "calls")) : "";

    public void Dispose()
    {
        if (hasPodmanImage)
        {
            Podman("rmi", "-af");
        }

        // podman may leave its directory mounted on itself, and .NET does not delete names that are not UTF-8.
        Tool.Run("/", "/bin/sh", "-ec", $"if mountpoint -q {directory}/podman/overlay; then umount {directory}/podman/overlay; fi; rm -rf {directory}");
    }

    [Theory]
    [InlineData("overlay")]
    [InlineData("vfs")]
    public async Task An_image_of_podman_is_read_where_it_is(string driver)
    {
        LoadIntoPodman(driver);
        PulledImage pulled = await PullAsync($"containers-storage:{Name}");
        Assert.Equal(Name, pulled.Name!.Familiar);

        // The archives are the same to the byte: a pull compares them with the digests in the configuration.
        Assert.All(contents, content => Assert.True(File.Exists(Path.Combine(directory, "store/blobs", content.Replace(':', '/')))));
        Assert.Equal("image inspect\ninfo --format\n", Calls);
    }

    [Fact]
    public async Task Podmans_names_and_ids_are_understood()
    {
        LoadIntoPodman("overlay");
        Podman("tag", Name, "localhost/short:latest");
        Assert.Equal("localhost/short:latest", (await PullAsync("containers-storage:short")).Name!.ToString());
        Assert.Equal("localhost/short:latest", (await PullAsync("containers-storage:localhost/short")).Name!.ToString());
        string id = Podman("image", "inspect", "--format", "{{.Id}}", Name).Trim();
        Assert.Null((await PullAsync($"containers-storage:{id[..12]}")).Name);
        Assert.Null((await PullAsync($"containers-storage:{id}")).Name);
        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => PullAsync("containers-storage:example.com/none"));
        Assert.Matches("^cannot read 'containers-storage:example.com/none': 'podman image inspect --format {{.Id}} example.com/none' failed: .*image not known$", refused.Message);
    }

    [Theory]
    [InlineData("printf X | dd of=$layer/usr/lib/large conv=notrunc bs=1 seek=2000000 status=none", "^cannot use the layer sha256:[0-9a-f]{64}: its bytes have the digest .*")]
    [InlineData("truncate -s 100 $layer/usr/lib/large", "^cannot read 'containers-storage:.*': '.*/usr/lib/large' is shorter than in the layer's archive$")]
    [InlineData("rm $layer/usr/lib/large", "^cannot read 'containers-storage:.*': openat2 '.*/usr/lib/large': .*ENOENT.*$")]
    [InlineData("rm $layer/usr/lib/large; mkfifo $layer/usr/lib/large", "^cannot read 'containers-storage:.*': pread '.*/usr/lib/large': .*ESPIPE.*$")]
    [InlineData("mv $layer/usr/lib $root/../lib; ln -s $root/../lib $layer/usr/lib", "^cannot read 'containers-storage:.*': openat2 '.*/usr/lib/large': .*ENOENT.*$")]
    [InlineData("echo '{' | gzip >$notes", "^cannot read 'containers-storage:.*': '.*tar-split.gz' is malformed: .*$")]
    [InlineData("head -c 1000 $notes >$notes.new; mv $notes.new $notes", "^cannot read 'containers-storage:.*': '.*tar-split.gz' is malformed: .*$")]
    [InlineData("echo '{\"type\":9}' | gzip >$notes", "^cannot read 'containers-storage:.*': '.*tar-split.gz' is malformed: an entry is of an unknown kind or too large$")]
    [InlineData("echo '{\"type\":1,\"size\":9000000000000000000}' | gzip >$notes", "^cannot read 'containers-storage:.*': '.*tar-split.gz' is malformed: an entry is of an unknown kind or too large$")]
    [InlineData("yes '{\"type\":1,\"size\":100000000000}' | head -n 5 | gzip >$notes", "^cannot read 'containers-storage:.*': the layer of '.*tar-split.gz' has more than 256 GiB, the limit$")]
    public async Task A_damaged_store_is_an_error_and_no_image(string damage, string message)
    {
        LoadIntoPodman("overlay");
        Tool.Run(directory, "/bin/sh", "-ec", $"""
            root=$PWD/podman
            layer=$(dirname $(dirname $(ls -d $root/overlay/*/diff/fifo)))/diff
            notes=$root/overlay-layers/$(basename $(dirname $layer)).tar-split.gz
            {damage}
            """);
        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => PullAsync($"containers-storage:{Name}"));
        Assert.Matches(message, refused.Message);
        Assert.Empty(new ImageStore(Path.Combine(directory, "store")).List());
        hasPodmanImage = false;
    }

    [Fact]
    public async Task What_is_not_of_the_known_form_is_exported()
    {
        LoadIntoPodman("overlay");
        Tool.Run(directory, "/bin/sh", "-ec", "rm podman/overlay-layers/*.tar-split.gz");
        await Assert.ThrowsAsync<ImageException>(() => PullAsync($"containers-storage:{Name}"));
        Assert.Contains("save --quiet\n", Calls, StringComparison.Ordinal);
        hasPodmanImage = false;
    }

    [Fact]
    public async Task An_image_of_docker_is_exported()
    {
        LoadIntoPodman("overlay");
        Assert.Equal(Name, (await PullAsync($"docker-daemon:{Name}")).Name!.Familiar);
        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => PullAsync("docker-daemon:example.com/none"));
        Assert.Matches("^cannot read 'docker-daemon:example.com/none': 'docker save example.com/none' failed: .*image not known", refused.Message);
    }

    [Fact]
    public async Task An_image_of_containerd_is_read_where_it_is_with_its_digest()
    {
        Wrap("ctr", $"--address={directory}/socket");
        File.WriteAllText(Path.Combine(directory, "config.toml"), $"""
            version = 2
            root = "{directory}/root"
            state = "{directory}/state"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
              address = "{directory}/socket"
            """);
        using Process daemon = Process.Start(new ProcessStartInfo("containerd", ["--config", Path.Combine(directory, "config.toml"), "--log-level", "fatal"]) { RedirectStandardError = true })!;
        try
        {
            Tool.Run(directory, "/bin/sh", "-ec", "for i in $(seq 200); do if [ -S socket ]; then break; fi; sleep 0.1; done; bin/ctr images import --no-unpack oci.tar; rm calls");
            PulledImage pulled = await PullAsync($"containerd:{Name}");
            Assert.Equal((Name, digest), (pulled.Name!.Familiar, pulled.Manifest.DigestText));
            Assert.Equal("images list\nplugins list\n", Calls);

            ImageException refused = await Assert.ThrowsAsync<ImageException>(() => PullAsync("containerd:none"));
            Assert.Equal("cannot read 'containerd:none': 'ctr images export - docker.io/library/none:latest' failed: ctr: image \"docker.io/library/none:latest\": not found", refused.Message);

            // As with the socket of a containerd whose files are elsewhere.
            File.Move(BlobOf(digest), BlobOf(digest) + ".away");
            await Assert.ThrowsAsync<ImageException>(() => PullAsync($"containerd:{Name}"));
            Assert.EndsWith("images export\n", Calls, StringComparison.Ordinal);
            File.Move(BlobOf(digest) + ".away", BlobOf(digest));
        }
        finally
        {
            daemon.Kill();
            await daemon.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        string BlobOf(string text) => Path.Combine(directory, "root/io.containerd.content.v1.content/blobs", text.Replace(':', '/'));
    }

    [Fact]
    public async Task A_missing_program_is_named()
    {
        foreach ((string word, string program) in ((string, string)[])[("containerd", "ctr"), ("containers-storage", "podman"), ("docker-daemon", "docker")])
        {
            ImageException refused = await Assert.ThrowsAsync<ImageException>(() => LocalImages.OpenAsync(ImageLocation.Parse($"{word}:none"), "/nonexistent:bin", directory, TestContext.Current.CancellationToken));
            Assert.Equal($"cannot read '{word}:none': no program '{program}' is in PATH; install it", refused.Message);
        }
    }

    private void LoadIntoPodman(string driver)
    {
        Wrap("podman", $"--storage-driver={driver} --root={directory}/podman --runroot={directory}/runroot");
        File.Copy(Path.Combine(directory, "bin/podman"), Path.Combine(directory, "bin/docker"));
        hasPodmanImage = true;
        Podman("load", "-q", "-i", "docker.tar");
        File.Delete(Path.Combine(directory, "calls"));
    }

    private string Podman(params string[] words) => Tool.Run(directory, Path.Combine(directory, "bin/podman"), words);

    private void Wrap(string program, string flags)
    {
        string path = Path.Combine(directory, "bin", program);
        File.WriteAllText(path, $"#!/bin/sh\necho \"$1 $2\" >>{directory}/calls\nexec /usr/bin/{program} {flags} \"$@\"\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    private async Task<PulledImage> PullAsync(string text)
    {
        ImageStore store = new(Path.Combine(directory, "store"));
        LocalImage opened = await LocalImages.OpenAsync(ImageLocation.Parse(text), Path.Combine(directory, "bin"), store.PrepareDrafts(), TestContext.Current.CancellationToken);
        await using IImageSource source = opened.Source;
        return await new ImagePull(store, source, _ => { }).RunAsync(opened.Name, PlatformChoice.Host, TestContext.Current.CancellationToken);
    }
}
