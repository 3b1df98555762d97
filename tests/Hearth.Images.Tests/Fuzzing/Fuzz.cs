using System.Buffers.Binary;
using System.Globalization;

namespace Hearth.Images.Tests.Fuzzing;

/// <summary>
/// Gives a reader changed inputs: 10,000 among the other tests, as many as <c>./dev fuzz INPUTS</c> says otherwise. What a reader
/// may throw is one exception; it may not allocate much.
/// </summary>
internal static class Fuzz
{
    /// <summary>How many inputs; set by <c>./dev fuzz</c>.</summary>
    private const string InputsVariable = "HEARTH_FUZZ_INPUTS";

    /// <summary>The seed of a run that is to be repeated; without it, another each time, which the output tells.</summary>
    private const string SeedVariable = "HEARTH_FUZZ_SEED";

    private const int UsualInputs = 10_000;
    private const int MostChanges = 6;
    private const int MostInputBytes = 1 << 20;

    /// <summary>For one input. The largest of them has some ten kilobytes.</summary>
    private const long MostAllocatedBytes = 256L << 20;

    private static readonly byte[] interesting = [0, 1, 0x7f, 0x80, 0xff, (byte)' ', (byte)'/', (byte)'.', (byte)'"', (byte)'0', (byte)'9'];
    private static readonly long[] extremes = [0, 1, -1, int.MaxValue, int.MinValue, long.MaxValue, long.MinValue, 1L << 32, 1L << 40];

    /// <param name="samples">Valid inputs.</param>
    /// <param name="read">Reads one input.</param>
    /// <param name="mend">Corrects checksums in an input, so that a reader goes beyond them; null for none.</param>
    /// <typeparam name="TRefusal">What a reader throws for a wrong input.</typeparam>
    public static void Run<TRefusal>(IReadOnlyList<byte[]> samples, Action<byte[]> read, Func<byte[], byte[]>? mend = null)
        where TRefusal : Exception
    {
        int seed = (int)Number(SeedVariable, Environment.TickCount);
        long count = Number(InputsVariable, UsualInputs);
        TestContext.Current.TestOutputHelper?.WriteLine($"{SeedVariable}={seed}");
        long accepted = 0;
        for (long i = 0; i < count; i++)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            Random random = new(unchecked((int)((seed * 31) + i)));
            byte[] input = Change(samples, random);
            input = mend is not null && random.Next(4) > 0 ? mend(input) : input;
            accepted += Read<TRefusal>(input, read, $"{SeedVariable}={seed}, input {i}") ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{count} inputs, {accepted} accepted");
    }

    /// <returns>Whether the reader accepts it.</returns>
    private static bool Read<TRefusal>(byte[] input, Action<byte[]> read, string name)
        where TRefusal : Exception
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exception? thrown = Record.Exception(() => read(input));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(thrown is null or TRefusal, $"{name}: {thrown}");
        Assert.True(allocated < MostAllocatedBytes, $"{name}: {allocated} bytes were allocated");
        return thrown is null;
    }

    private static byte[] Change(IReadOnlyList<byte[]> samples, Random random)
    {
        List<byte> bytes = [.. samples[random.Next(samples.Count)]];
        for (int changes = random.Next(MostChanges + 1); changes > 0 && bytes.Count is > 0 and < MostInputBytes; changes--)
        {
            Change(bytes, samples[random.Next(samples.Count)], random);
        }

        return [.. bytes];
    }

    private static void Change(List<byte> bytes, byte[] other, Random random)
    {
        int at = random.Next(bytes.Count);
        int length = Math.Min(random.Next(1, random.Next(2) == 0 ? 9 : 700), bytes.Count - at);
        switch (random.Next(8))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = interesting[random.Next(interesting.Length)];
                break;
            case 2:
                bytes[at] = (byte)random.Next(256);
                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length));
                break;
            case 5:
                int from = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(length, other.Length - from)).ToArray());
                break;
            case 6:
                bytes.RemoveRange(at, random.Next(8) == 0 ? bytes.Count - at : 1);
                break;
            default:
                byte[] number = new byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(number, extremes[random.Next(extremes.Length)] + random.Next(-1, 2));
                for (int i = 0; i < (random.Next(2) == 0 ? 4 : 8) && at + i < bytes.Count; i++)
                {
                    bytes[at + i] = number[i];
                }

                break;
        }
    }

    private static long Number(string variable, long fallback) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : fallback;
}
