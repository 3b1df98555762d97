using System.ComponentModel;
using System.Diagnostics;

namespace Hearth.Distribution.Sources.Local.Archives;

/// <summary>A program of the host that decompresses a stream, as docker's daemon uses xz: .NET has no decoder for it.</summary>
internal sealed class DecompressorProcess : ForwardStream
{
    /// <summary>What is kept of its messages.</summary>
    private const int MessageLength = 400;

    private readonly string name;
    private readonly Process process;
    private readonly Task feeding;
    private readonly Task<string> messages;
    private bool hasEnded;

    private DecompressorProcess(string name, Process process, Stream compressed)
    {
        this.name = name;
        this.process = process;
        feeding = Task.Run(() => FeedAsync(compressed));
        messages = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts <c>PROGRAM -d -c</c>.</summary>
    /// <param name="name">The archive, for messages.</param>
    /// <param name="program"><c>xz</c> or <c>bzip2</c>.</param>
    /// <param name="package">What has the program.</param>
    /// <param name="compressed">The caller keeps its ownership, and reads nothing of it meanwhile.</param>
    /// <exception cref="ImageException">The host does not have the program.</exception>
    public static DecompressorProcess Start(string name, string program, string package, Stream compressed)
    {
        ProcessStartInfo start = new(program, ["-d", "-c"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return new DecompressorProcess(name, Process.Start(start)!, compressed);
        }
        catch (Win32Exception exception)
        {
            throw new ImageException(
                ImageError.Unsupported, $"cannot read '{name}': it is compressed by {program}, which this host does not have; install the package {package}, or decompress it elsewhere", exception);
        }
    }

    /// <exception cref="ImageException">The program failed.</exception>
    public override int Read(Span<byte> buffer)
    {
        int count = hasEnded ? 0 : process.StandardOutput.BaseStream.Read(buffer);
        if (count == 0)
        {
            EndAsync().GetAwaiter().GetResult();
        }

        return count;
    }

    /// <exception cref="ImageException">The program failed.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = hasEnded ? 0 : await process.StandardOutput.BaseStream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (count == 0)
        {
            await EndAsync().ConfigureAwait(false);
        }

        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (!hasEnded)
            {
                process.Kill();
            }

            process.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task FeedAsync(Stream compressed)
    {
        try
        {
            await using Stream input = process.StandardInput.BaseStream;
            await compressed.CopyToAsync(input).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The program has ended early, or nobody reads on: the reader says why.
        }
    }

    private async Task EndAsync()
    {
        if (hasEnded)
        {
            return;
        }

        hasEnded = true;
        await process.WaitForExitAsync().ConfigureAwait(false);
        await feeding.ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            string said = (await messages.ConfigureAwait(false)).Trim();
            throw new ImageException(ImageError.Malformed, $"cannot read '{name}': it cannot be decompressed: {(said.Length > MessageLength ? said[..MessageLength] : said)}");
        }
    }
}
