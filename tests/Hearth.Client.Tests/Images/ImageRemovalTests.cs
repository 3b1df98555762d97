using Hearth.Client.Images;
using Hearth.Client.Tests.Support;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Tests.Support;
using Hearth.Images.Configuration;
using Hearth.Images.Pulling;
using Hearth.Images.Store;

namespace Hearth.Client.Tests.Images;

/// <summary>What removals and prunes of images remove: docker's rules about names, and nothing that a container is created of.</summary>
public sealed class ImageRemovalTests : IDisposable
{
    private readonly ClientPlace place = new();
    private readonly string layout;
    private readonly ImageService images;
    private readonly string digest;

    public ImageRemovalTests()
    {
        layout = place.At("layout");
        LayoutBuilder builder = new(layout);
        builder.AddLayer(LayoutBuilder.Archive([(ImageArchivesTests.Entry("file"), "text")]));
        digest = builder.Finish("one", """{"Cmd":["/bin/true"]}""");
        images = new ImageService(place.Directories, new RegistrySettings(), TimeProvider.System);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private Descriptor Manifest => new() { DigestText = digest, Size = new FileInfo(Path.Combine(layout, "blobs", digest.Replace(':', '/'))).Length };

    private MeetingImages Met => field ??= new MeetingImages(new HostImages(images, TimeProvider.System));

    private ImageStore Store => new(place.Directories.Images);

    public void Dispose() => place.Dispose();

    /// <summary>The cases of docker's image_delete.go.</summary>
    [Theory]
    [InlineData("a:1 a@D", "a@D", "a@D", false)]
    [InlineData("a:1 a@D", "a:1", "a:1 a@D", true)]
    [InlineData("a:1 a:2 a@D", "a:1", "a:1", false)]
    [InlineData("a:1 b:1 a@D", "a:1", "a:1 a@D", false)]
    [InlineData("a:1 b@D", "a:1", "a:1", false)]
    [InlineData("a:1 a@D", "ID", "a:1 a@D", true)]
    [InlineData("a@D", "ID", "a@D", true)]
    [InlineData("a@D", "a@D", "a@D", true)]
    [InlineData("a:1 a:2", "ID", null, false)]
    [InlineData("a:1 b@D", "ID", null, false)]
    [InlineData("a@D b@D", "ID", null, false)]
    public async Task A_name_or_an_id_removes_what_it_does_in_docker(string names, string text, string? removed, bool isLast)
    {
        await PullAsync(names.Split(' '));
        string given = text == "ID" ? images.List()[0].Id.Short : Whole(text);
        if (removed is null)
        {
            Assert.Contains("it has 2 names", Assert.Throws<HearthException>(() => images.Remove(given, force: false)).Message, StringComparison.Ordinal);
            Assert.NotNull(images.Remove(given, force: true).Id);
            return;
        }

        RemovedImage result = images.Remove(given, force: false);

        Assert.Equal(removed.Split(' ').Select(Whole).Order(), result.Names.Order());
        Assert.Equal(isLast, result.Id is not null);
        Assert.Equal(names.Split(' ').Except(removed.Split(' ')).Select(Whole).Order(), images.List().Select(image => image.Reference!.Familiar).Order());
    }

    [Theory]
    [InlineData("a:1 a@D", false)]
    [InlineData("a@D", true)]
    [InlineData("a@D b@D", true)]
    [InlineData("", true)]
    public async Task A_prune_removes_images_without_a_tag(string names, bool isRemoved)
    {
        await PullAsync(names.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        images.Prune(all: false);

        Assert.Equal(isRemoved, images.List().Count == 0);
        Assert.Equal(isRemoved, !Store.HasBlob(Manifest));
    }

    [Fact]
    public async Task An_image_is_not_pruned_between_its_find_and_the_containers_record()
    {
        await PullAsync("a:1");
        using (DescribedContainer described = await DescribeAsync("a:1", (_, _) => throw new InvalidOperationException("pulled")))
        {
            Assert.Empty(images.Prune(all: true).Names);
            place.Service.Create(described.Description.WithName("one"));
        }

        Assert.Empty(images.Prune(all: true).Names);
        await place.Service.RemoveAsync(place.Service.Store.Resolve("one").Id, force: false, cancellationToken: Cancelled);
        using (await DescribeAsync("a:1", (_, _) => throw new InvalidOperationException("pulled")))
        {
            // No container after all.
        }

        Assert.Equal(["a:1"], images.Prune(all: true).Names);
        Assert.False(Store.HasBlob(Manifest));
    }

    [Fact]
    public async Task An_image_that_is_pruned_as_soon_as_it_has_come_is_fetched_again()
    {
        int pulls = 0;
        using DescribedContainer described = await DescribeAsync("a:1", async (_, _) =>
        {
            PulledImage pulled = await PullAsync("a:1");
            pulls++;
            if (pulls == 1)
            {
                // Between the find and the lease.
                Met.After = () => images.Prune(all: true);
            }

            return pulled;
        });

        Assert.Equal(2, pulls);
        Assert.Single(images.List());
        Assert.Equal(digest, described.Description.Image!.Manifest);
    }

    [Fact]
    public async Task A_container_is_not_created_of_an_image_that_is_gone()
    {
        await PullAsync("a:1");
        ContainerDescription description;
        using (DescribedContainer described = await DescribeAsync("a:1", (_, _) => throw new InvalidOperationException("pulled")))
        {
            description = described.Description;
        }

        images.Remove("a:1", force: false);

        HearthException refused = Assert.Throws<HearthException>(() => place.Service.Create(description));
        Assert.Equal(HearthError.ImageUnknown, refused.Error);
        Assert.Contains("its image 'a:1' is not in the image store any more; 'hearth pull' fetches it", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>However a prune and a creation meet, the container's image stays, or there is no container.</summary>
    [Fact]
    public async Task A_prune_and_a_creation_at_once_leave_no_container_without_its_image()
    {
        for (int round = 0; round < 50; round++)
        {
            await PullAsync("a:1");
            Task<RemovedImage> pruning = Task.Run(() => images.Prune(all: true), Cancelled);
            string? id = null;
            try
            {
                using DescribedContainer described = await DescribeAsync("a:1", (_, _) => throw new HearthException(HearthError.ImageUnknown, "gone"));
                id = place.Service.Create(described.Description).Id;
            }
            catch (HearthException gone) when (gone.Error == HearthError.ImageUnknown)
            {
                // The prune was first.
            }

            await pruning;
            Assert.Equal(id is not null, images.List().Count == 1 && Store.HasBlob(Manifest));
            if (id is not null)
            {
                await place.Service.RemoveAsync(id, force: false, cancellationToken: Cancelled);
            }
        }
    }

    private string Whole(string name) => name.Replace("@D", "@" + digest, StringComparison.Ordinal);

    private Task<DescribedContainer> DescribeAsync(string name, Func<string, bool, Task<PulledImage>> pull) => Met.DescribeAsync(
        new ContainerDescription { Spec = new ContainerSpec { Root = new RootSpec { Path = name }, Process = new ProcessSpec() } },
        new ImageDemand(name, PullPolicy.Missing, null, LazyMode.Auto, new ImageFetchOptions()),
        new ProcessChoices(),
        pull,
        Cancelled);

    /// <summary>Pulls the image under names; without any, as an image without a name.</summary>
    private async Task<PulledImage> PullAsync(params string[] names)
    {
        PulledImage pulled = await images.PullAsync($"oci:{layout}:one", null, LazyMode.Never, _ => { }, Cancelled);
        foreach (string name in names)
        {
            Store.Name(ImageReference.Parse(Whole(name)), pulled.Manifest, pulled.Source);
        }

        if (names.Length == 0)
        {
            Store.Name(null, pulled.Manifest, pulled.Source);
        }

        Store.Remove(image => image.Reference?.Host == "localhost");
        return names.Length == 0 ? pulled : pulled with { Name = ImageReference.Parse(Whole(names[0])) };
    }
}
