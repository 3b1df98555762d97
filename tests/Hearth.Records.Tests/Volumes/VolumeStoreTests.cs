using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;
using Hearth.FileTree.Tests.Support;
using Hearth.Linux.Mounts;
using Hearth.Records.Tests.Support;
using Hearth.Records.Volumes;

namespace Hearth.Records.Tests.Volumes;

public sealed class VolumeStoreTests : IDisposable
{
    private static readonly ByteSize small = ByteSize.FromMebibytes(32);

    private readonly Workplace place = new();
    private readonly VolumeStore store;

    public VolumeStoreTests() => store = new VolumeStore(place.Directories, TimeProvider.System);

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_volume_is_a_sparse_disk_with_a_sound_file_system_that_has_a_journal()
    {
        Assert.True(await store.CreateAsync("data", small, new Dictionary<string, string> { ["for"] = "tests" }));
        VolumeEntry volume = Assert.Single(store.List());
        Assert.Equivalent(volume, store.Find("data"));
        Assert.Equal(("data", small.Bytes, false, false, "tests"), (volume.Name, volume.SizeInBytes, volume.IsAnonymous, volume.InUse, volume.Labels["for"]));
        Assert.Equal(0, Command.Try("e2fsck", ["-fn", volume.Disk]).ExitCode);
        Assert.Contains("has_journal", Command.Try("dumpe2fs", ["-h", volume.Disk]).Text, StringComparison.Ordinal);
        Assert.InRange(volume.UsedBytes, 1, 4 << 20);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(place.Directories.Volumes));
    }

    [Fact]
    public async Task A_volume_that_is_there_stays_as_it_is()
    {
        await store.CreateAsync("data", small);
        byte[] before = await File.ReadAllBytesAsync(store.Find("data").Disk);
        Assert.False(await store.CreateAsync("data", ByteSize.FromMebibytes(64)));
        Assert.Equal(before, await File.ReadAllBytesAsync(store.Find("data").Disk));
    }

    [Fact]
    public async Task Of_many_who_make_the_same_volume_one_does()
    {
        bool[] made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => store.CreateAsync("data", small))));
        Assert.Single(made, one => one);
        Assert.Equal([place.At("state/volumes/data")], Directory.GetFileSystemEntries(place.Directories.Volumes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("../up")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    [InlineData("a b")]
    [InlineData("ümlaut")]
    public async Task What_is_no_name_is_refused(string name)
    {
        Assert.Contains("invalid volume name", (await Assert.ThrowsAsync<HearthException>(() => store.CreateAsync(name, small))).Message, StringComparison.Ordinal);
        Assert.Throws<HearthException>(() => store.Find(name));
        Assert.Throws<HearthException>(() => store.Remove(name));
        Assert.False(Directory.Exists(place.Directories.Volumes));
    }

    [Fact]
    public async Task A_volume_that_is_too_small_is_refused_and_nothing_is_left()
    {
        Assert.Contains("16.0 MiB", (await Assert.ThrowsAsync<HearthException>(() => store.CreateAsync("data", new ByteSize(1 << 20)))).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(place.Directories.Volumes));
    }

    [Fact]
    public void A_volume_for_which_the_host_has_no_room_is_refused_and_nothing_is_left() => OwnThread.WithOwnMounts(() =>
    {
        FileSystems.Mount("none", place.MakeDirectory("state"), "tmpfs", MountFlags.None, "size=16m");
        HearthException failure = Assert.Throws<HearthException>(() => store.CreateAsync("data", small).GetAwaiter().GetResult());
        Assert.Equal(HearthError.StorageFailed, failure.Error);
        Assert.Contains("cannot make a volume of 32.0 MiB", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(place.Directories.Volumes));
    });

    [Fact]
    public async Task Removing_takes_all_of_a_volume_and_tells_of_one_that_is_not_there()
    {
        await store.CreateAsync("data", small);
        store.Remove("data");
        Assert.Empty(Directory.GetFileSystemEntries(place.Directories.Volumes));
        Assert.Contains("there is no volume 'data'", Assert.Throws<HearthException>(() => store.Remove("data")).Message, StringComparison.Ordinal);
        Assert.Contains("hearth volume ls", Assert.Throws<HearthException>(() => store.Find("data")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_volume_in_use_is_not_removed()
    {
        await store.CreateAsync("data", small);
        using (VolumeLease lease = await store.TakeAsync(MountOf("data"), CancellationToken.None))
        {
            Assert.True(store.Find("data").InUse);
            Assert.Contains("a container is using it", Assert.Throws<HearthException>(() => store.Remove("data")).Message, StringComparison.Ordinal);
            Assert.Empty(store.Prune(includesNamed: true));
        }

        Assert.False(store.Find("data").InUse);
        Assert.Equal(["data"], store.Prune(includesNamed: true).Select(volume => volume.Name));
    }

    [Fact]
    public async Task Pruning_removes_what_nobody_named_and_the_rest_only_when_it_is_asked_to()
    {
        await store.CreateAsync("data", small);
        await store.CreateAsync(VolumeName.NewAnonymous(), small, isAnonymous: true);
        Assert.Single(store.Prune(includesNamed: false), volume => volume.IsAnonymous);
        Assert.Equal(["data"], store.List().Select(volume => volume.Name));
        store.RemoveAnonymous([MountOf("data")]);
        Assert.Single(store.List());
        Assert.Single(store.Prune(includesNamed: true));
    }

    /// <summary>docker-compose creates the new container with the volumes of the old one, and then removes that.</summary>
    [Fact]
    public async Task An_anonymous_volume_goes_with_its_container_only_if_it_is_asked_for_and_no_other_container_has_it()
    {
        ContainerStore containers = new(place.Directories, TimeProvider.System);
        foreach (string name in (string[])["kept", "shared", "own"])
        {
            await store.CreateAsync(name, small, isAnonymous: true);
        }

        Container prudent = Create("prudent", AnonymousOf("kept"));
        Container old = Create("old", AnonymousOf("shared"), AnonymousOf("own"));
        Container recreated = Create("new", MountOf("shared"));

        containers.Remove(prudent);
        containers.Remove(old);
        containers.RemoveVolumes(old);
        Assert.Equal(["kept", "shared"], store.List().Select(volume => volume.Name));

        File.WriteAllText(Path.Combine(containers.DirectoryOf(recreated.Id), "container.json"), "{");
        Container last = Create("last", AnonymousOf("kept"));
        containers.Remove(last);
        Assert.Throws<HearthException>(() => containers.RemoveVolumes(last));
        Assert.Throws<HearthException>(() => store.Prune(includesNamed: true));
        Assert.Equal(["kept", "shared"], store.List().Select(volume => volume.Name));

        static VolumeMount AnonymousOf(string name) => MountOf(name) with { IsAnonymous = true };

        Container Create(string name, params VolumeMount[] mounts) => containers.Create(new ContainerDescription
        {
            Name = name,
            Spec = new ContainerSpec { Root = new RootSpec { Path = "/" }, Process = new ProcessSpec { Args = ["true"] } },
            Volumes = mounts,
        });
    }

    [Fact]
    public async Task What_a_killed_maker_left_is_removed_by_the_next()
    {
        string left = place.MakeDirectory("state/volumes/.999999-1-data.x");
        await File.WriteAllTextAsync(Path.Combine(left, "disk.ext4"), "half of it");
        await store.CreateAsync("other", small);
        Assert.Equal([place.At("state/volumes/other")], Directory.GetFileSystemEntries(place.Directories.Volumes));
    }

    [Fact]
    public async Task A_damaged_description_is_told_by_its_file()
    {
        await store.CreateAsync("data", small);
        File.WriteAllText(place.At("state/volumes/data/volume.json"), "{");
        Assert.Contains("volume.json", Assert.Throws<HearthException>(() => store.List()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_may_read_a_volume_or_one_write_to_it()
    {
        VolumeMount reading = MountOf("data") with { ReadOnly = true };
        using (await store.TakeAsync(reading, CancellationToken.None))
        using (await store.TakeAsync(reading, CancellationToken.None))
        {
            Assert.Contains("in use by another container", (await Assert.ThrowsAsync<HearthException>(() => store.TakeAsync(MountOf("data"), CancellationToken.None))).Message, StringComparison.Ordinal);
        }

        using (await store.TakeAsync(MountOf("data"), CancellationToken.None))
        {
            Assert.Contains("that writes to it", (await Assert.ThrowsAsync<HearthException>(() => store.TakeAsync(reading, CancellationToken.None))).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A machine may outlive its owner, and with it the lock, by a moment.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_volume_is_taken_when_the_last_machine_has_closed_its_disk(bool isReadOnly)
    {
        await store.CreateAsync("data", small);
        FileStream machine = new(store.Find("data").Disk, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        Task<VolumeLease> taking = Task.Run(() => store.TakeAsync(MountOf("data") with { ReadOnly = isReadOnly }, CancellationToken.None));
        while (!store.Find("data").InUse)
        {
            await Task.Yield();
        }

        Assert.False(taking.IsCompleted);
        await machine.DisposeAsync();
        (await taking).Dispose();
    }

    [Fact]
    public async Task A_volume_that_was_not_ended_in_order_is_not_read_before_it_was_written()
    {
        await store.CreateAsync("data", small);
        using (FileStream disk = new(store.Find("data").Disk, FileMode.Open, FileAccess.ReadWrite))
        {
            // s_feature_incompat of the superblock: the journal has to be played back.
            disk.Position = 1024 + 96;
            int features = disk.ReadByte();
            disk.Position = 1024 + 96;
            disk.WriteByte((byte)(features | 4));
        }

        HearthException failure = await Assert.ThrowsAsync<HearthException>(() => store.TakeAsync(MountOf("data") with { ReadOnly = true }, CancellationToken.None));
        Assert.Contains("use it once without 'ro'", failure.Message, StringComparison.Ordinal);
        (await store.TakeAsync(MountOf("data"), CancellationToken.None)).Dispose();
    }

    private static VolumeMount MountOf(string name) => new() { Kind = VolumeKind.Volume, Source = name, Destination = "/data", Size = small };
}
