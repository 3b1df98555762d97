using Hearth.DiskImages;
using Hearth.Rootfs.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Rootfs.Tests;

/// <summary>Files that change behind a served image: its readers get the bytes that were walked, or an I/O error.</summary>
public sealed class ChangedSourceTests
{
    private const int LargeInBytes = 8 << 20;
    private const int EIO = 5;

    [Theory]
    [InlineData("truncated", true)]
    [InlineData("truncated", false)]
    [InlineData("grown", true)]
    [InlineData("grown", false)]
    [InlineData("overwritten", true)]
    [InlineData("overwritten", false)]
    [InlineData("replaced", false)]
    [InlineData("removed", false)]
    public async Task A_mounted_image_gives_EIO_for_a_file_that_changed_and_goes_on_with_the_others(string change, bool whileOpen)
    {
        await using var served = new ServedTree(LargeInBytes, LargeInBytes);
        using var mount = new LoopMount(served.Rootfs.ImagePath, ImageFormat.Erofs);
        using SafeFileHandle file = File.OpenHandle(Path.Combine(mount.Path, ServedTree.NameOf(0)));
        byte[] buffer = new byte[ServedTree.BlockSizeInBytes];
        if (whileOpen)
        {
            RandomAccess.Read(file, buffer, 0);
            Assert.Equal(ServedTree.Content(0, 0, buffer.Length), buffer);
        }

        Change(served.SourcePathOf(0), change);
        IOException failure = Assert.ThrowsAny<IOException>(() => RandomAccess.Read(file, buffer, LargeInBytes - buffer.Length));
        Assert.Equal(EIO, failure.HResult & 0xFFFF);
        Assert.True(served.Rootfs.Report.SourceFaults > 0);
        Assert.Equal(ServedTree.NameOf(0), Assert.Single(served.Rootfs.Faults).Path);
        Assert.True(File.ReadAllBytes(Path.Combine(mount.Path, ServedTree.NameOf(1))).AsSpan().SequenceEqual(ServedTree.Content(1, 0, LargeInBytes)));
    }

    [Fact]
    public async Task A_file_replaced_while_it_is_open_goes_on_being_the_one_that_was_walked()
    {
        await using var served = new ServedTree(LargeInBytes);
        using var mount = new LoopMount(served.Rootfs.ImagePath, ImageFormat.Erofs);
        using SafeFileHandle file = File.OpenHandle(Path.Combine(mount.Path, ServedTree.NameOf(0)));
        byte[] buffer = new byte[ServedTree.BlockSizeInBytes];
        RandomAccess.Read(file, buffer, 0);
        Change(served.SourcePathOf(0), "replaced");
        RandomAccess.Read(file, buffer, LargeInBytes - buffer.Length);
        Assert.Equal(ServedTree.Content(0, LargeInBytes - buffer.Length, buffer.Length), buffer);
    }

    [Fact]
    public async Task Readers_beside_a_writer_never_see_a_byte_of_what_it_writes()
    {
        const int files = 16;
        const int sizeInBytes = 1 << 20;
        await using var served = new ServedTree([.. Enumerable.Repeat(sizeInBytes, files)]);
        long[] starts = [.. Enumerable.Range(0, files).Select(served.FindInImage)];
        using var readBeforeWrites = new CountdownEvent(2);
        using var stop = new CancellationTokenSource();
        Task<int>[] readers = [.. Enumerable.Range(0, 2).Select(seed => Task.Factory.StartNew(
            () => ReadUntilStopped(served.Rootfs.ImagePath, starts, sizeInBytes, new Random(seed), readBeforeWrites, stop.Token), TaskCreationOptions.LongRunning))];
        Assert.True(readBeforeWrites.Wait(TimeSpan.FromSeconds(60)));
        for (int file = 0; file < files; file++)
        {
            Change(served.SourcePathOf(file), "overwritten");
        }

        await stop.CancelAsync();
        int[] failures = await Task.WhenAll(readers);
        foreach (long start in starts)
        {
            using SafeFileHandle image = File.OpenHandle(served.Rootfs.ImagePath);
            Assert.ThrowsAny<IOException>(() => RandomAccess.Read(image, new byte[1], start));
        }

        Assert.Equal(failures.Sum() + files, served.Rootfs.Report.SourceFaults);
        Assert.Equal(files, served.Rootfs.Faults.Count);
        Assert.All(served.Rootfs.Faults, fault => Assert.Equal(DiskImageError.SourceChanged, fault.Error));
    }

    /// <summary>Reads anywhere in the files; each read gives the right bytes or fails.</summary>
    /// <returns>How many failed.</returns>
    private static int ReadUntilStopped(string imagePath, long[] starts, int sizeInBytes, Random random, CountdownEvent hasRead, CancellationToken stop)
    {
        int failures = 0;
        byte[] buffer = new byte[10_000];
        using SafeFileHandle image = File.OpenHandle(imagePath);
        for (int reads = 0; !stop.IsCancellationRequested; reads++)
        {
            int file = random.Next(starts.Length);
            int offset = random.Next(sizeInBytes - buffer.Length);
            try
            {
                Assert.Equal(buffer.Length, RandomAccess.Read(image, buffer, starts[file] + offset));
                Assert.True(buffer.AsSpan().SequenceEqual(ServedTree.Content(file, offset, buffer.Length)), $"wrong bytes of file {file} at {offset}");
            }
            catch (IOException)
            {
                failures++;
            }

            if (reads == 20)
            {
                hasRead.Signal();
            }
        }

        return failures;
    }

    private static void Change(string path, string change)
    {
        switch (change)
        {
            case "truncated":
                using (FileStream file = File.OpenWrite(path))
                {
                    file.SetLength(100);
                }

                break;
            case "grown":
                File.AppendAllText(path, "more");
                break;
            case "overwritten":
                using (FileStream file = File.OpenWrite(path))
                {
                    file.Write(new byte[file.Length]);
                }

                break;
            case "replaced":
                File.WriteAllBytes(path + ".new", new byte[new FileInfo(path).Length]);
                File.Move(path + ".new", path, overwrite: true);
                break;
            case "removed":
                File.Delete(path);
                break;
            default:
                throw new ArgumentException($"unknown change: {change}");
        }
    }
}
