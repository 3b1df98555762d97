using Hearth.Client.Images;
using Hearth.Client.Tests.Support;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Tests.Support;
using Hearth.Images.Configuration;
using Hearth.Images.Pulling;

namespace Hearth.Client.Tests.Images;

/// <summary>When a run fetches its image, and what it says of the platform.</summary>
public sealed class ImageFindingTests : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-finding-").FullName;
    private readonly ImageService images;
    private readonly MeetingImages met;
    private readonly List<string> pulls = [];

    public ImageFindingTests()
    {
        images = new ImageService(new HearthDirectories(Path.Combine(directory, "state"), Path.Combine(directory, "run")), new RegistrySettings(), TimeProvider.System);
        met = new MeetingImages(new HostImages(images, TimeProvider.System));
    }

    public async ValueTask InitializeAsync()
    {
        LayoutBuilder layout = new(Path.Combine(directory, "app"));
        layout.AddLayer(LayoutBuilder.Archive([(ImageArchivesTests.Entry("file"), "text")]));
        layout.Finish("one", """{"Cmd":["/bin/true"]}""");
        await PullAsync();
        images.Tag("localhost/app:one", "app:1");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>An image in parts is completed with --lazy never, and by its name: an id is no name of a registry.</summary>
    [Theory]
    [InlineData(LazyMode.Auto, PullPolicy.Missing, true, "")]
    [InlineData(LazyMode.Always, PullPolicy.Missing, true, "")]
    [InlineData(LazyMode.Never, PullPolicy.Missing, false, "")]
    [InlineData(LazyMode.Never, PullPolicy.Missing, true, "docker.io/library/app:1 False")]
    [InlineData(LazyMode.Auto, PullPolicy.Never, true, "")]
    public async Task An_image_in_parts_is_fetched_if_no_layer_may_be_lazy(LazyMode lazy, PullPolicy policy, bool isInParts, string pulled)
    {
        met.Change = image => image with { IsInParts = isInParts && pulls.Count == 0 };
        foreach (string text in new[] { "app:1", images.Find("app:1").Id.Short })
        {
            // An id leads to one of the names.
            images.Remove("localhost/app:one", force: false);
            pulls.Clear();
            using DescribedContainer described = await DescribeAsync(text, lazy, policy);
            Assert.Equal(pulled, string.Join(';', pulls));
            images.Tag("app:1", "localhost/app:one");
        }
    }

    [Fact]
    public async Task Without_a_pull_an_image_in_parts_is_not_run_without_lazy_layers()
    {
        met.Change = image => image with { IsInParts = true };
        HearthException refused = await Assert.ThrowsAsync<HearthException>(() => DescribeAsync("app:1", LazyMode.Never, PullPolicy.Never));
        Assert.Equal("cannot run the image 'app:1': not all of it is in the image store, and --lazy never and --pull never were given", refused.Message);

        met.Change = image => image with { IsInParts = true, Reference = null };
        refused = await Assert.ThrowsAsync<HearthException>(() => DescribeAsync("app:1", LazyMode.Never, PullPolicy.Missing));
        Assert.EndsWith("it has no name to fetch the rest by; leave out --lazy never", refused.Message, StringComparison.Ordinal);
        Assert.Empty(pulls);
    }

    [Theory]
    [InlineData("amd64", null, null)]
    [InlineData("arm64", null, "The requested image's platform (linux/amd64) does not match the detected host platform (linux/arm64) and no specific platform was requested")]
    [InlineData("arm64", "amd64", null)]
    [InlineData(null, null, null)]
    public async Task Another_platform_than_the_hosts_is_shown_if_none_was_asked_for(string? host, string? asked, string? warning)
    {
        met.HostPlatform = host is null ? null : PlatformChoice.Parse(host);
        using DescribedContainer described = await DescribeAsync("app:1", LazyMode.Auto, PullPolicy.Missing, asked is null ? null : PlatformChoice.Parse(asked));
        Assert.Equal(warning, described.Warning);
        Assert.Empty(pulls);
    }

    /// <summary>What does in place of the wanted platform may have been pulled for another wish.</summary>
    [Theory]
    [InlineData("linux/arm/v7", "arm", "v6", false)]
    [InlineData("linux/arm/v6", "arm", "v7", true)]
    [InlineData("linux/arm/v6", "arm", null, false)]
    [InlineData("linux/amd64", "386", null, true)]
    [InlineData("linux/arm64", "arm64", "v8", false)]
    public async Task An_image_of_another_platform_is_fetched(string asked, string architecture, string? variant, bool isFetched)
    {
        ImageSummary before = images.Find("app:1");
        met.Change = image => pulls.Count > 0 ? before with { Configuration = before.Configuration with { Architecture = asked.Split('/')[1], Variant = asked.Split('/').ElementAtOrDefault(2) } }
            : image with { Configuration = image.Configuration with { Architecture = architecture, Variant = variant } };

        using DescribedContainer described = await DescribeAsync("app:1", LazyMode.Auto, PullPolicy.Missing, PlatformChoice.Parse(asked));

        Assert.Equal(isFetched ? ["app:1 True"] : Array.Empty<string>(), pulls);
    }

    private Task<DescribedContainer> DescribeAsync(string text, LazyMode lazy, PullPolicy policy, Platform? platform = null) => met.DescribeAsync(
        new ContainerDescription { Spec = new ContainerSpec { Root = new RootSpec { Path = text }, Process = new ProcessSpec() } },
        new ImageDemand(text, policy, platform, lazy, new ImageFetchOptions()),
        new ProcessChoices(),
        async (name, isMissing) =>
        {
            pulls.Add($"{name} {isMissing}");
            return await PullAsync();
        },
        TestContext.Current.CancellationToken);

    private Task<PulledImage> PullAsync() => images.PullAsync($"oci:{Path.Combine(directory, "app")}:one", null, LazyMode.Never, _ => { }, TestContext.Current.CancellationToken);
}
