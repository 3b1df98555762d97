using System.ComponentModel;
using System.Diagnostics;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Local.Archives;

/// <summary>
/// An image in the store of another program, which writes it as an archive: <c>podman save</c>, <c>docker save</c> or
/// <c>ctr images export</c>. The stores themselves belong to these programs, and podman's has no layers as archives.
/// </summary>
/// <param name="location">The image.</param>
/// <param name="programPath">Directories where programs are searched, with colons.</param>
internal sealed class ProgramExport(ImageLocation location, string programPath)
{
    private const int MostShown = 300;

    private readonly string[] words = location.Transport switch
    {
        ImageTransport.ContainersStorage => ["podman", "save", "--quiet", "--format", "docker-archive", location.Path],
        ImageTransport.DockerDaemon => ["docker", "save", location.Path],
        ImageTransport.Containerd => ["ctr", "images", "export", "-", ImageReference.Parse(location.Path).WithDefaultTag().ToString()],
        _ => throw new ArgumentOutOfRangeException(nameof(location)),
    };

    /// <summary>Runs the program, and reads its archive to the end.</summary>
    /// <param name="draftDirectory">Where the archive is written to. The file has no name there.</param>
    /// <param name="cancellationToken">Ends it, and the program.</param>
    /// <exception cref="ImageException">The program is missing or fails, or its archive cannot be read.</exception>
    public async Task<ImageArchive> ReadAsync(string draftDirectory, CancellationToken cancellationToken)
    {
        using Process process = Start();
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        ImageArchive? archive = null;
        ImageException? refused = null;
        try
        {
            archive = await ImageArchive.ReadAsync(location.ToString(), process.StandardOutput.BaseStream, draftDirectory, cancellationToken).ConfigureAwait(false);
        }
        catch (ImageException exception)
        {
            refused = exception;
        }
        finally
        {
            // Without a reader of its output, the program would wait for ever.
            if (archive is null)
            {
                process.StandardOutput.Close();
            }
        }

        string complaint = await errors.ConfigureAwait(false);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (process.ExitCode == 0 && archive is not null)
        {
            return archive;
        }

        archive?.Dispose();
        throw process.ExitCode == 0 ? refused! : Failed(complaint);
    }

    private Process Start()
    {
        string program = programPath.Split(':').Where(Path.IsPathRooted).Select(directory => Path.Combine(directory, words[0])).FirstOrDefault(File.Exists)
            ?? throw new ImageException(ImageError.Unsupported, $"cannot read '{location}': no program '{words[0]}' is in PATH; install it");
        ProcessStartInfo start = new(program, words[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw Failed(exception.Message);
        }
    }

    private ImageException Failed(string cause)
    {
        string last = cause.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "it gave no reason";
        string shown = new([.. last.Where(letter => !char.IsControl(letter)).Take(MostShown)]);
        return new ImageException(ImageError.Unknown, $"cannot read '{location}': '{string.Join(' ', words)}' failed: {shown}");
    }
}
