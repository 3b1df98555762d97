using System.Buffers.Binary;
using CsCheck;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>Damages images. Whatever the bytes are, reading them has to end with a dump or a typed error.</summary>
public static class HostileImage
{
    private const int Rounds = 2000;

    private static readonly Gen<ulong> largeNumbers =
        Gen.OneOf(0UL, ulong.MaxValue, (ulong)long.MaxValue, 0x8000_0000UL, 0x7FFF_FFFFUL, 0xFFFF_FFFFUL, 0xFFFFUL, 0x1_0000_0000UL);

    /// <summary>Why an image is not read; null where it is. Anything but a typed error fails the test.</summary>
    public static DiskImageException? Refusal(byte[] image)
    {
        try
        {
            ImageDump dump = ImageDump.Read(new MemoryStream(image));
            for (int i = 0; i < dump.Nodes.Count; i++)
            {
                dump.PathOf(i);
            }

            return null;
        }
        catch (DiskImageException refusal)
        {
            Assert.True(refusal.Error is DiskImageError.Corrupt or DiskImageError.Unsupported, refusal.Message);
            return refusal;
        }
    }

    /// <summary>Changes up to four bytes between two offsets.</summary>
    public static void ChangeBits(byte[] valid, int start, int end, Action<byte[]> read) =>
        Gen.Select(Gen.Int[start, end - 1], Gen.Byte).Array[1, 4].Sample(
            changes =>
            {
                byte[] image = [.. valid];
                foreach ((int at, byte value) in changes)
                {
                    image[at] ^= value;
                }

                read(image);
            },
            iter: Rounds);

    /// <summary>Puts a number at the limit of some type over 2, 4 or 8 bytes at an even offset between two.</summary>
    public static void PutLargeNumbers(byte[] valid, int start, int end, Action<byte[]> read) =>
        Gen.Select(Gen.Int[start / 2, (end / 2) - sizeof(ulong)], largeNumbers, Gen.OneOf(2, 4, 8)).Sample(
            (word, value, size) =>
            {
                byte[] image = [.. valid];
                Span<byte> bytes = stackalloc byte[sizeof(ulong)];
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
                bytes[..size].CopyTo(image.AsSpan(word * 2));
                read(image);
            },
            iter: Rounds);
}
