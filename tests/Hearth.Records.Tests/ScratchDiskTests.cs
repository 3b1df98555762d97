using Hearth.Containers;
using Hearth.FileTree.Tests.Support;
using Hearth.Linux.Mounts;
using Hearth.Records.Disks;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests;

public sealed class ScratchDiskTests : IDisposable
{
    private readonly Workplace place = new();

    [Theory]
    [InlineData(8L << 20)]
    [InlineData((100L << 20) + 1)]
    [InlineData(3L << 30)]
    public async Task A_disk_is_a_sparse_file_with_a_sound_file_system(long bytes)
    {
        string path = place.At("state/scratch/disk.ext4");

        await ScratchDisk.CreateAsync(path, new ByteSize(bytes), CancellationToken.None);

        Assert.Equal(bytes / 4096 * 4096, new FileInfo(path).Length);
        Assert.Equal(0, Command.Try("e2fsck", ["-fn", path]).ExitCode);
        Assert.DoesNotContain("has_journal", Command.Try("dumpe2fs", ["-h", path]).Text, StringComparison.Ordinal);
        string[] blocks = Command.Try("stat", ["-c", "%b %B", path]).Text.Split(' ');
        long taken = long.Parse(blocks[0], null) * long.Parse(blocks[1], null);
        Assert.True(taken < 2 << 20, $"{taken} bytes taken");
    }

    [Fact]
    public async Task A_disk_too_small_for_a_file_system_is_refused_before_anything_is_made()
    {
        HearthException failure = await Assert.ThrowsAsync<HearthException>(
            () => ScratchDisk.CreateAsync(place.At("state/scratch/disk.ext4"), new ByteSize((8 << 20) - 1), CancellationToken.None));
        Assert.Equal(HearthError.InvalidRequest, failure.Error);
        Assert.Contains("8.0 MiB", failure.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(place.At("state")));
    }

    [Fact]
    public void A_disk_for_which_the_host_has_no_room_is_refused_and_nothing_is_left() => OwnThread.WithOwnMounts(() =>
    {
        FileSystems.Mount("none", place.MakeDirectory("state"), "tmpfs", MountFlags.None, "size=16m");
        string path = place.At("state/scratch/disk.ext4");

        HearthException failure = Assert.Throws<HearthException>(
            () => ScratchDisk.CreateAsync(path, ByteSize.FromMebibytes(64), CancellationToken.None).GetAwaiter().GetResult());

        Assert.Equal(HearthError.StorageFailed, failure.Error);
        Assert.Contains("cannot make a scratch disk of 64.0 MiB: only 16.0 MiB are free", failure.Message, StringComparison.Ordinal);
        Assert.Contains("--state-dir", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(place.At("state/scratch")));
    });

    [Fact]
    public async Task A_place_that_cannot_be_made_is_told_as_it_is()
    {
        place.Write("state", "a file in the way");
        string path = place.At("state/scratch/disk.ext4");
        HearthException failure = await Assert.ThrowsAsync<HearthException>(
            () => ScratchDisk.CreateAsync(path, ByteSize.FromMebibytes(8), CancellationToken.None));
        Assert.Equal(HearthError.StorageFailed, failure.Error);
        Assert.Contains($"cannot make the scratch disk '{path}'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_given_up_half_way_leaves_nothing()
    {
        string path = place.At("state/scratch/disk.ext4");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ScratchDisk.CreateAsync(path, ByteSize.FromMebibytes(8), new CancellationToken(canceled: true)));
        Assert.Empty(Directory.GetFiles(place.At("state/scratch")));
    }

    public void Dispose() => place.Dispose();
}
