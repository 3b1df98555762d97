using Hearth.Rootfs.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Rootfs.Tests;

/// <summary>Counts what the whole process allocates, so nothing runs beside it.</summary>
[CollectionDefinition(nameof(ReadAllocationTests), DisableParallelization = true)]
[Collection(nameof(ReadAllocationTests))]
public sealed class ReadAllocationTests
{
    [Fact]
    public async Task Reads_of_a_served_image_cost_no_memory()
    {
        const int reads = 5000;
        const int sizeInBytes = 1 << 20;
        await using var served = new ServedTree(sizeInBytes, sizeInBytes, sizeInBytes);
        using SafeFileHandle image = File.OpenHandle(served.Rootfs.ImagePath);
        byte[] buffer = new byte[ServedTree.BlockSizeInBytes];
        long[] starts = [served.FindInImage(0), served.FindInImage(1), served.FindInImage(2)];
        ReadMany(image, buffer, starts, sizeInBytes, reads);

        // The least of some rounds: the session takes on a thread now and then.
        long allocated = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            ReadMany(image, buffer, starts, sizeInBytes, reads);
            allocated = Math.Min(allocated, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.True(allocated < reads, $"{allocated} bytes were allocated by {reads} reads");
        Assert.Equal(3, served.Rootfs.Report.FilesRead);
    }

    private static void ReadMany(SafeFileHandle image, byte[] buffer, long[] starts, int sizeInBytes, int count)
    {
        for (int i = 0; i < count; i++)
        {
            RandomAccess.Read(image, buffer, starts[i % starts.Length] + ((long)i * 1000 % (sizeInBytes - buffer.Length)));
        }
    }
}
