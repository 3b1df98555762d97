using System.Text;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Local;
using Hearth.Distribution.Sources.Local.Archives;
using Hearth.Distribution.Tests.Support;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Images.Configuration;
using Hearth.Images.Configuration.Changes;
using Hearth.Images.Pulling;
using Hearth.Images.Tests.Traces;
using Hearth.Images.Traces;

namespace Hearth.Images.Tests.Fuzzing;

/// <summary>Whatever a document or an archive of images has, reading it ends with a result or with an <see cref="ImageException"/>.</summary>
public sealed class DocumentFuzzTests : IDisposable
{
    private const string Zeros = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    private static readonly string[] manifests =
    [
        $$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}","config":{"mediaType":"{{{MediaTypes.OciConfiguration}}}","digest":"{{{Zeros}}}","size":2},"layers":[{"mediaType":"{{{MediaTypes.OciLayerGzip}}}","digest":"{{{Zeros}}}","size":1000000,"annotations":{"a":"b"},"urls":["x"]}],"subject":null}""",
        $$$"""{"schemaVersion":2,"config":{"digest":"{{{Zeros}}}","size":0},"layers":[null,{}],"annotations":{"a":null}}""",
    ];

    private static readonly string[] indexes =
    [
        $$$"""{"schemaVersion":2,"mediaType":"{{{MediaTypes.OciIndex}}}","manifests":[{"mediaType":"{{{MediaTypes.OciManifest}}}","digest":"{{{Zeros}}}","size":500,"platform":{"os":"linux","architecture":"amd64","variant":"v1","os.version":"1"}},{"mediaType":"{{{MediaTypes.OciIndex}}}","digest":"{{{Zeros}}}","size":1,"platform":null}]}""",
        """{"schemaVersion":2,"manifests":[null],"annotations":null}""",
        """{"schemaVersion":2,"manifests":[{"platform":{}}]}""",
    ];

    private static readonly string[] configurations =
    [
        $$$"""{"created":"2026-01-01T00:00:00Z","architecture":"amd64","os":"linux","config":{"User":"a","ExposedPorts":{"80":{}},"Env":["A=b","C"],"Entrypoint":["/a"],"Cmd":["b"],"Volumes":{"/v":{}},"WorkingDir":"/w","Labels":{"l":"m"},"StopSignal":"TERM","StopTimeout":5,"Healthcheck":{"Test":["CMD","x"],"Interval":1}},"rootfs":{"type":"layers","diff_ids":["{{{Zeros}}}"]},"history":[{"created_by":"x","empty_layer":true},{"comment":"y"}]}""",
        $$$"""{"config":{"Env":[null],"Cmd":[null],"Entrypoint":null,"Labels":{"a":null},"Volumes":{"":null,"\u0000":{}},"ExposedPorts":{"x/y/z":null}},"rootfs":{"diff_ids":[null]},"history":[null]}""",
    ];

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-fuzz-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void A_changed_manifest_is_read_or_refused() => Fuzz.Run<ImageException>(Bytes([.. manifests, .. indexes]), bytes =>
    {
        string type = ManifestReading.TypeOf(bytes, "test");
        ImageManifest manifest = ManifestReading.ReadManifest(new Document(type, Digest.Of(bytes), bytes));
        Assert.All(manifest.Layers.Append(manifest.Config!), blob => Assert.InRange(blob.Size, 0, long.MaxValue));
        Assert.All(manifest.Layers, layer => Assert.NotEmpty(layer.Digest.Hex + layer.MediaType));
    });

    [Fact]
    public void A_changed_trace_is_placed_within_the_layers_or_refused()
    {
        TracedImage image = new(["bin/sh the shell", "etc/conf 12345678"], ["lib/c library"]);
        string[] files = [.. from path in (string[])["/bin/sh", "/etc/conf", "/lib/c"]
                             select $$"""{"path":"{{path}}","digest":"{{image.Digests.Find(image.Find(path))}}","ranges":[{"offset":0,"length":4},{"offset":4,"length":3}]}"""];
        Fuzz.Run<ImageException>(Bytes([$$"""{"version":1,"files":[{{string.Join(',', files)}}]}""", $$"""{"version":1,"files":[{{files[2]}}]}"""]), bytes =>
            Assert.All(
                TracePlaces.Find(TraceDocument.Read(bytes), image.Tree, image.Digests),
                place => Assert.True(place.Length > 0 && place.Offset >= 0 && place.Offset + place.Length <= image.Archives[place.Layer].Length)));
    }

    [Fact]
    public void A_changed_index_is_read_or_refused() => Fuzz.Run<ImageException>(Bytes([.. indexes, .. manifests]), bytes =>
    {
        ImageIndex index = ManifestReading.ReadIndex(new Document(MediaTypes.OciIndex, Digest.Of(bytes), bytes));
        Assert.NotEmpty(PlatformChoice.Choose(index, PlatformChoice.Host, "test").Digest.Hex);
    });

    [Fact]
    public void A_changed_configuration_is_applied_or_refused()
    {
        ImageManifest manifest = new() { Layers = [new Descriptor { DigestText = Zeros }] };
        Fuzz.Run<ImageException>(Bytes(configurations), bytes =>
        {
            ImageConfiguration configuration = ManifestReading.ReadConfiguration(bytes, manifest, "test");
            ContainerDescription description = ImageDefaults.Apply(new ContainerDescription { Spec = new ContainerSpec() }, new ImageOrigin("test", Zeros, Zeros), configuration, new ProcessChoices { Command = ["true"] });
            Assert.NotEmpty(description.Spec.Process!.Args);
            Assert.All(configuration.History ?? [], step => Assert.False(step.EmptyLayer && step.Created == DateTimeOffset.MinValue));
        });
    }

    [Fact]
    public void A_changed_archive_of_images_is_read_or_refused()
    {
        LayoutBuilder layout = new(Path.Combine(directory, "layout"));
        layout.AddLayer(LayoutBuilder.Archive());
        layout.Finish("one");
        Tool.Run(directory, "skopeo", "copy", "-q", "oci:layout:one", "docker-archive:docker.tar:a/b:1");
        Tool.Run(directory, "skopeo", "copy", "-q", "oci:layout:one", "oci-archive:oci.tar:one");
        Tool.Run(directory, "gzip", "-k", "docker.tar");
        byte[][] samples = [.. new[] { "docker.tar", "oci.tar", "docker.tar.gz" }.Select(name => File.ReadAllBytes(Path.Combine(directory, name)))];
        string drafts = Directory.CreateDirectory(Path.Combine(directory, "drafts")).FullName;

        Fuzz.Run<ImageException>(samples, bytes => ReadArchiveAsync(bytes, drafts).GetAwaiter().GetResult(), TarSamples.Mend);

        Assert.Empty(Directory.EnumerateFiles(drafts));
    }

    [Fact]
    public void A_changed_instruction_is_applied_or_refused() => Fuzz.Run<ImageException>(
        Bytes("CMD [\"a\", \"b\"]", "ENV A=\"b c\" D='$E' F=${G:-h}", "EXPOSE 80 90-91/udp", "HEALTHCHECK --interval=5m --retries=3 CMD a", "LABEL a=b\\\n c=d", "WORKDIR a/../b", "VOLUME [\"/a\"]", "ONBUILD RUN x", "STOPSIGNAL RTMIN+3", "USER $A"),
        bytes => ConfigurationChanges.Apply(new ProcessConfiguration { Env = ["G=1"] }, [Encoding.Latin1.GetString(bytes)]));

    private static async Task ReadArchiveAsync(byte[] bytes, string drafts)
    {
        using ImageArchive archive = await ImageArchive.ReadAsync("test", new MemoryStream(bytes), drafts, TestContext.Current.CancellationToken);
        foreach (LocalImage image in archive.List())
        {
            ImageResolution resolution = await ImageResolution.RunAsync(image.Source, PlatformChoice.Host, TestContext.Current.CancellationToken);
            ImageManifest manifest = ManifestReading.ReadManifest(resolution.Document);
            await using Stream layer = await image.Source.OpenBlobAsync(manifest.Config!, 0, TestContext.Current.CancellationToken);
            await layer.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        }
    }

    private static byte[][] Bytes(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
