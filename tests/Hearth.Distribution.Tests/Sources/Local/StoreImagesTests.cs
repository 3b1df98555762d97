using System.Diagnostics;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Local;
using Hearth.Distribution.Tests.Support;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Images.Pulling;
using Hearth.Images.Store;

namespace Hearth.Distribution.Tests.Sources.Local;

/// <summary>Images of other programs' stores are read from what the programs export. podman stands for docker, whose words it takes.</summary>
public sealed class ProgramExportTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-export-tests-").FullName;
    private readonly string digest;

    public ProgramExportTests()
    {
        LayoutBuilder layout = new(Path.Combine(directory, "layout"));
        layout.AddLayer(LayoutBuilder.Archive());
        digest = layout.Finish("one");
        Tool.Run(directory, "skopeo", "copy", "-q", "oci:layout:one", "docker-archive:docker.tar:example.com/a/b:1");
        Tool.Run(directory, "skopeo", "copy", "-q", "oci:layout:one", "oci-archive:oci.tar:example.com/a/b:1");
        Tool.Run(directory, "/bin/sh", "-ec", """
            mkdir bin
            printf '#!/bin/sh\nexec /usr/bin/podman --root=%s/podman --runroot=%s/runroot "$@"\n' "$PWD" "$PWD" >bin/podman
            printf '#!/bin/sh\nexec /usr/bin/ctr --address=%s/socket "$@"\n' "$PWD" >bin/ctr
            cp bin/podman bin/docker; chmod +x bin/*
            """);
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData("containers-storage")]
    [InlineData("docker-daemon")]
    public async Task An_image_of_podman_and_docker_is_pulled(string word)
    {
        Tool.Run(directory, Path.Combine(directory, "bin/podman"), "load", "-q", "-i", "docker.tar");
        try
        {
            PulledImage pulled = await PullAsync($"{word}:example.com/a/b:1");
            Assert.Equal("example.com/a/b:1", pulled.Name!.Familiar);
            ImageException refused = await Assert.ThrowsAsync<ImageException>(() => PullAsync($"{word}:example.com/none"));
            Assert.Matches($"^cannot read '{word}:example.com/none': '(podman|docker) save .*example.com/none' failed: .*image not known", refused.Message);
        }
        finally
        {
            Tool.Run(directory, Path.Combine(directory, "bin/podman"), "rmi", "-af");
        }
    }

    [Fact]
    public async Task An_image_of_containerd_is_pulled_with_its_digest()
    {
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
            Tool.Run(directory, "/bin/sh", "-ec", "for i in $(seq 200); do if [ -S socket ]; then break; fi; sleep 0.1; done; bin/ctr images import --no-unpack oci.tar");
            PulledImage pulled = await PullAsync("containerd:example.com/a/b:1");
            Assert.Equal(("example.com/a/b:1", digest), (pulled.Name!.Familiar, pulled.Manifest.DigestText));
            ImageException refused = await Assert.ThrowsAsync<ImageException>(() => PullAsync("containerd:none"));
            Assert.Equal("cannot read 'containerd:none': 'ctr images export - docker.io/library/none:latest' failed: ctr: image \"docker.io/library/none:latest\": not found", refused.Message);
        }
        finally
        {
            daemon.Kill();
            await daemon.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_missing_program_is_named()
    {
        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => LocalImages.OpenAsync(ImageLocation.Parse("containerd:none"), "/nonexistent:bin", directory, TestContext.Current.CancellationToken));
        Assert.Equal("cannot read 'containerd:none': no program 'ctr' is in PATH; install it", refused.Message);
    }

    private async Task<PulledImage> PullAsync(string text)
    {
        ImageStore store = new(Path.Combine(directory, "store"));
        LocalImage opened = await LocalImages.OpenAsync(ImageLocation.Parse(text), Path.Combine(directory, "bin"), store.PrepareDrafts(), TestContext.Current.CancellationToken);
        await using IImageSource source = opened.Source;
        return await new ImagePull(store, source, _ => { }).RunAsync(opened.Name, PlatformChoice.Host, TestContext.Current.CancellationToken);
    }
}
