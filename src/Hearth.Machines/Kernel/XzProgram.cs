using System.ComponentModel;
using System.Diagnostics;

namespace Hearth.Machines.Kernel;

/// <summary>
/// Decompresses with the <c>xz</c> program. Kernels are compressed with its x86 filter. Managed decoders lack that filter or
/// (SharpCompress 0.50) compute the block's check from the filtered bytes.
/// </summary>
internal static class XzProgram
{
    internal static byte[] Decompress(ReadOnlyMemory<byte> packed, int limitInBytes, string name)
    {
        ProcessStartInfo start = new("xz", ["--decompress", "--stdout", "--quiet", "--single-stream"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process xz = Start(start, name);
        Task feeding = Task.Run(() => Feed(xz.StandardInput.BaseStream, packed));
        Task<string> complaint = xz.StandardError.ReadToEndAsync();
        byte[]? output = ReadUpTo(xz.StandardOutput.BaseStream, limitInBytes);
        if (output is null)
        {
            xz.Kill();
        }

        xz.WaitForExit();
        feeding.GetAwaiter().GetResult();
        if (output is null)
        {
            throw new KernelException(KernelError.TooLarge, $"{name} unpacks to more than {limitInBytes} bytes");
        }

        return xz.ExitCode == 0
            ? output
            : throw new KernelException(
                KernelError.Corrupt, $"cannot unpack {name}: {complaint.Result.Trim()} (xz exited with {xz.ExitCode})");
    }

    private static Process Start(ProcessStartInfo start, string name)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new KernelException(
                KernelError.ToolFailed, $"cannot unpack {name}: cannot start the program xz ({e.Message}); install xz-utils", e);
        }
    }

    private static void Feed(Stream input, ReadOnlyMemory<byte> packed)
    {
        try
        {
            using (input)
            {
                input.Write(packed.Span);
            }
        }
        catch (IOException)
        {
            // xz ended before it read all input; its exit status is checked later.
        }
    }

    private static byte[]? ReadUpTo(Stream source, int limitInBytes)
    {
        using MemoryStream output = new();
        byte[] buffer = new byte[1 << 17];
        for (int count; (count = source.Read(buffer)) > 0;)
        {
            if (output.Length + count > limitInBytes)
            {
                return null;
            }

            output.Write(buffer, 0, count);
        }

        return output.ToArray();
    }
}
