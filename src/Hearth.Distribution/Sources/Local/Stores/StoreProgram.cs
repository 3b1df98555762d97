using System.ComponentModel;
using System.Diagnostics;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Local.Stores;

/// <summary>Runs the program that a store of images belongs to: podman, docker or ctr. Only directories of the search path are searched for it.</summary>
/// <param name="location">The image.</param>
/// <param name="programPath">Directories where programs are searched, with colons.</param>
internal sealed class StoreProgram(ImageLocation location, string programPath)
{
    private const int MostShown = 300;
    private const int MostTextCharacters = 1 << 20;

    /// <summary>For a question, which takes a fraction of a second.</summary>
    private static readonly TimeSpan mostTime = TimeSpan.FromSeconds(60);

    /// <summary>Runs the program and reads what it prints.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="cancellationToken">Ends it, and the program.</param>
    /// <exception cref="ImageException">The program is missing or fails, prints more than a million characters, or takes more than a minute.</exception>
    public async Task<string> ReadTextAsync(string[] words, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(mostTime, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await RunAsync(
                words,
                async output =>
                {
                    using StreamReader reader = new(output);
                    char[] text = new char[MostTextCharacters];
                    int count = await reader.ReadBlockAsync(text, either.Token).ConfigureAwait(false);
                    return count < text.Length ? new string(text, 0, count) : throw Failed(words, "it prints too much");
                },
                either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(words, $"it did not end within {mostTime.TotalSeconds:0} s");
        }
    }

    /// <summary>Runs the program. If it fails, its own words are the error, whatever its output led to.</summary>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="read">Reads its output.</param>
    /// <param name="cancellationToken">Ends it, and the program.</param>
    /// <exception cref="ImageException">The program is missing or fails, or its output cannot be read.</exception>
    public async Task<T> RunAsync<T>(string[] words, Func<Stream, Task<T>> read, CancellationToken cancellationToken)
        where T : class
    {
        using Process process = Start(words);
        T? result = null;
        try
        {
            process.StandardInput.Close();
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
            ImageException? refused = null;
            try
            {
                result = await read(process.StandardOutput.BaseStream).ConfigureAwait(false);
            }
            catch (ImageException exception)
            {
                refused = exception;

                // Without a reader of its output, the program would wait for ever.
                process.StandardOutput.Close();
            }

            string complaint = await errors.ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return process.ExitCode != 0 ? throw Failed(words, complaint) : refused is not null ? throw refused : result!;
        }
        catch
        {
            (result as IDisposable)?.Dispose();
            throw;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start(string[] words)
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
            throw Failed(words, exception.Message);
        }
    }

    private ImageException Failed(string[] words, string cause)
    {
        string last = cause.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "it gave no reason";
        string shown = new([.. last.Where(letter => !char.IsControl(letter)).Take(MostShown)]);
        return new ImageException(ImageError.Unknown, $"cannot read '{location}': '{string.Join(' ', words)}' failed: {shown}");
    }
}
